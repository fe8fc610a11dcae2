/** /slos/{id} */
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { get } from '../api.js';
import { lengthWords } from '../model/availability.js';
import { fromIncident } from '../model/incidents.js';
import { availabilityWords, budgetSentence, burning, leftWords, markOf, monitorsWords, secondsWords, targetWords, wordOf } from '../model/slos.js';
import { onIncident } from '../open_incidents.js';
import { paced } from '../paced.js';
import { go } from '../router.js';
import { fromResource } from '../store.js';
import { useEvery } from '../use_every.js';
import { useLoad } from '../use_load.js';
import { useThing } from '../use_resources.js';
import { useTitle } from '../title.js';
import { BudgetBar } from '../parts/budget_bar.js';
import { BudgetChart } from '../parts/budget_chart.js';
import { BurnRates } from '../parts/burn_rates.js';
import { DeleteSlo } from '../parts/delete_slo.js';
import { Icon } from '../parts/icon.js';
import { IncidentRow } from '../parts/incident_row.js';
import { LoadProblem } from '../parts/load_problem.js';
import { Mark } from '../parts/mark.js';
import { Menu } from '../parts/menu.js';
import { MenuItem } from '../parts/menu_item.js';
import { MonitorSkeleton } from '../parts/monitor_skeleton.js';

const REFRESH_MS = 60_000;
const INCIDENTS = 5;
const MONITORS_SHOWN = 12;

/** Both together, so that the last day of the one is the budget of the other. */
async function read(id, signal) {
  const [slo, history] = await Promise.all([get(`/slos/${id}`, { signal }), get(`/slos/${id}/history`, { signal })]);
  return { slo: fromResource(slo.data), days: history.data.attributes.days };
}

export function Slo({ id }) {
  const load = useThing((signal) => read(id, signal), 'slo', id);
  useEvery(() => load.again(), REFRESH_MS, [id]);
  useEffect(() => onIncident(paced(() => load.again())), [id]);
  const { data, problem } = load.value;
  const slo = data?.slo;
  useTitle(slo ? `${slo.state === 'met' ? '' : `${wordOf(slo)}: `}${slo.name}` : 'Service level');
  if (problem && !problem.passing) return html`<div class="page"><${LoadProblem} problem=${problem} back=${['/slos', 'To the service levels']} /></div>`;
  if (!slo) return problem ? html`<div class="page"><${LoadProblem} problem=${problem} what="The service level" /></div>` : html`<${MonitorSkeleton} />`;
  return html`<div class="page">
    <${Head} slo=${slo} />
    <div class="stack">
      <${Verdict} slo=${slo} />
      <${Budget} slo=${slo} days=${data.days} />
      <${BurnRates} slo=${slo} />
      <${Monitors} slo=${slo} />
      <${Incidents} id=${id} />
    </div>
  </div>`;
}

function Head({ slo }) {
  const deleting = useSignal(false);
  return html`<a class="crumb" href="/slos"><${Icon} name="back" size="16" />Service levels</a>
    <div class="page-head">
      <div><h1 class="wrap-anywhere">${slo.name}<span class="hidden-text">, ${wordOf(slo)}</span></h1>
        <p class="soft">${targetWords(slo)}, ${monitorsWords(slo)}</p></div>
      <div class="page-actions">
        <a class="button" href=${`/slos/${slo.id}/edit`}><${Icon} name="edit" size="16" />Edit</a>
        <${Menu} button=${html`<${Icon} name="more" />`} label="More actions" buttonClass="button button-icon">
          <${MenuItem} icon="trash" danger onPick=${() => { deleting.value = true; }}>Delete…<//>
        <//>
      </div>
    </div>
    ${deleting.value && html`<${DeleteSlo} slo=${slo} onClose=${() => { deleting.value = false; }} onGone=${() => go('/slos', { replace: true })} />`}`;
}

function Verdict({ slo }) {
  const status = markOf(slo);
  const { total, spent } = slo.error_budget;
  const fast = slo.state === 'at_risk' ? burning(slo) : null;
  return html`<section class=${`verdict state-${status}`} aria-label="How it stands">
    <${Mark} status=${status} size="44" />
    <div class="verdict-words"><h2 data-testid="slo-state">${wordOf(slo)}</h2>
      <p>${budgetSentence(slo)}</p>
      ${fast && html`<p>${fast.sentence}</p>`}
      ${slo.incident_id && html`<p><a href=${`/incidents/${slo.incident_id}`}>To the open incident</a></p>`}</div>
    <dl class="facts">
      <div><dt>Availability</dt><dd>${availabilityWords(slo)}</dd></div>
      <div><dt>Target</dt><dd>${slo.target} %</dd></div>
      <div><dt>Down time</dt><dd>${lengthWords(spent)}</dd></div>
      <div><dt>Error budget</dt><dd>${secondsWords(total)}</dd></div>
    </dl>
  </section>`;
}

function Budget({ slo, days }) {
  return html`<section class="panel" aria-label="Error budget">
    <div class="panel-head"><h2>Error budget</h2><span class="soft small">${leftWords(slo)} left</span></div>
    <div class="panel-body">
      <${BudgetBar} slo=${slo} large />
      ${slo.state === 'no_data' ? html`<p class="chart-empty">Nothing was measured yet.</p>` : html`<${BudgetChart} days=${days} />`}
    </div>
  </section>`;
}

/** By name, as far as they are few; of all monitors there is a list already. */
function Monitors({ slo }) {
  const ids = slo.monitor_ids.slice(0, MONITORS_SHOWN);
  const named = useLoad(async (signal) => Promise.all(ids.map(async (id) => {
    try { return fromResource((await get(`/monitors/${id}`, { signal })).data); } catch (problem) { if (problem.status === 404) return null; throw problem; }
  })), [ids.join()]).value.data;
  if (slo.all_monitors || !ids.length) return null;
  const rest = slo.monitor_ids.length - ids.length;
  return html`<section class="panel" aria-label="Monitors">
    <div class="panel-head"><h2>Monitors</h2></div>
    <ul class="slo-monitors">${(named ?? []).filter(Boolean).map((one) => html`<li key=${one.id}><a href=${`/monitors/${one.id}`}>${one.pronounceable_name}</a><span class="faint small mono">${one.url}</span></li>`)}
      ${rest > 0 && html`<li class="faint small">and ${rest.toLocaleString()} more</li>`}</ul>
  </section>`;
}

function Incidents({ id }) {
  const load = useLoad(async (signal) => {
    const reply = await get(`/incidents?slo_id=${id}&per_page=${INCIDENTS}`, { signal });
    return reply.data.map(fromIncident);
  }, [id]);
  useEffect(() => onIncident(paced(() => load.again())), [id]);
  const found = load.value.data;
  return found && html`<section class="panel" aria-label="Incidents">
    <div class="panel-head"><h2>Incidents</h2></div>
    ${found.length ? html`<ul class="incident-rows incident-rows-in">${found.map((one) => html`<${IncidentRow} key=${one.id} incident=${one} bare />`)}</ul>`
    : html`<p class="panel-body faint small">Its error budget was never used too fast.</p>`}
  </section>`;
}
