/** /monitors/{id} */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { get } from '../api.js';
import { setPaused } from '../monitor_actions.js';
import { HTTP, kindWords } from '../model/kinds.js';
import { stateAt } from '../model/silence.js';
import { stateWord } from '../model/states.js';
import { go } from '../router.js';
import { monitorSignal, putMonitors } from '../store.js';
import { useJudged } from '../use_judged.js';
import { useLoad } from '../use_load.js';
import { useTicks } from '../use_ticks.js';
import { useTitle } from '../title.js';
import { ChartPanel } from '../parts/chart_panel.js';
import { DeleteMonitor } from '../parts/delete_monitor.js';
import { History } from '../parts/history.js';
import { Icon } from '../parts/icon.js';
import { LoadProblem } from '../parts/load_problem.js';
import { MaintenanceBanner } from '../parts/maintenance_banner.js';
import { OpenIncidents, PastIncidents, useMonitorIncidents } from '../parts/monitor_incidents.js';
import { MonitorSkeleton } from '../parts/monitor_skeleton.js';
import { RANGES } from '../parts/ranges.js';
import { RegionCards } from '../parts/region_cards.js';
import { Results } from '../parts/results.js';
import { Verdict } from '../parts/verdict.js';

const CALM = ['up', 'paused', 'pending', 'maintenance'];
const titleOf = (monitor, status) => `${CALM.includes(status) ? '' : `${stateWord(status)}: `}${monitor.pronounceable_name}`;

export function Monitor({ id }) {
  const load = useLoad(async (signal) => {
    putMonitors([(await get(`/monitors/${id}`, { signal })).data]);
    return true;
  }, [id]);
  const range = useSignal(RANGES[0][0]);
  const { data: ticks, problem: ticksProblem } = useTicks(id, RANGES.find(([key]) => key === range.value)[2]);
  const incidents = useMonitorIncidents(id);
  const monitor = load.value.data && monitorSignal(id)?.value;
  const status = useJudged((at) => monitor && stateAt(monitor, at), [monitor]);
  const { problem } = load.value;
  useTitle(monitor && titleOf(monitor, status));
  if (problem && !problem.passing) return html`<div class="page"><${LoadProblem} problem=${problem} back=${['/monitors', 'To the monitors']} /></div>`;
  if (load.value.data && !monitor) return html`<div class="page"><${LoadProblem}
    problem=${{ message: 'This monitor was deleted' }} back=${['/monitors', 'To the monitors']} /></div>`;
  if (!monitor) return problem ? html`<div class="page"><${LoadProblem} problem=${problem}
    what="The monitor" /></div>` : html`<${MonitorSkeleton} />`;
  return html`<div class="page">
    <${Head} monitor=${monitor} status=${status} />
    <div class="stack">
      <${Verdict} monitor=${monitor} status=${status} />
      ${status === 'maintenance' && html`<${MaintenanceBanner} kind="monitor" thing=${monitor} />`}
      <${OpenIncidents} found=${incidents} />
      <${RegionCards} monitor=${monitor} />
      <${ChartPanel} monitor=${monitor} ticks=${ticks} problem=${ticksProblem} range=${range.value}
        onRange=${(key) => { range.value = key; }} />
      <${History} thing=${monitor} kind="monitors" />
      <${PastIncidents} id=${id} found=${incidents} />
      ${ticks && html`<${Results} monitor=${monitor} ticks=${ticks} />`}
    </div>
  </div>`;
}

const toList = () => go('/monitors', { replace: true });

function Head({ monitor, status }) {
  const deleting = useSignal(false);
  return html`<a class="crumb" href="/monitors"><${Icon} name="back" size="16" />Monitors</a>
    <div class="page-head">
      <div>
        <h1 class="wrap-anywhere">${monitor.pronounceable_name}<span
          class="hidden-text">, ${stateWord(status)}</span></h1>
        <${Address} monitor=${monitor} />
      </div>
      <div class="page-actions">
        <button type="button" class="button" onClick=${() => setPaused(monitor, !monitor.paused)}><${Icon}
          name=${monitor.paused ? 'play' : 'pause'} size="16" />${monitor.paused ? 'Resume' : 'Pause'}</button>
        <a class="button" href=${`/monitors/${monitor.id}/edit`}><${Icon} name="edit" size="16" />Edit</a>
        <button type="button" class="button" onClick=${() => { deleting.value = true; }}><${Icon} name="trash"
          size="16" />Delete…</button>
      </div>
    </div>
    ${deleting.value && html`<${DeleteMonitor} monitor=${monitor} onClose=${() => { deleting.value = false; }} onGone=${toList} />`}`;
}

/** A link only if it is one to http or https; anything else a person may have stored stays text. */
function Address({ monitor }) {
  const { url, port, monitor_type: kind } = monitor;
  const verb = (monitor.http_method ?? 'get').toUpperCase();
  if (!HTTP.includes(kind)) return html`<p class="soft address">${kindWords(kind).title} <span
    class="mono wrap-anywhere">${url}${port ? `:${port}` : ''}</span></p>`;
  const text = html`<span class="mono wrap-anywhere">${verb === 'GET' ? '' : `${verb} `}${url}</span>`;
  if (!/^https?:\/\//i.test(url)) return html`<p class="soft address">${text}</p>`;
  return html`<p class="address"><a class="soft" href=${url} target="_blank" rel="noreferrer noopener">${text}<${Icon}
    name="external" size="14" /></a></p>`;
}
