/** /reports/{id}/runs/{run}: one week or month as it was found, to be read here, printed, or taken along as CSV. */
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { get } from '../api.js';
import { toast } from '../announce.js';
import { date } from '../format.js';
import { onEvent } from '../live.js';
import { lengthWords, levelOf, meanWords, percentWords } from '../model/availability.js';
import { KIND_WORDS, changeOf, daysWords, downtimeChange, mailWords, zoneOf } from '../model/reports.js';
import { sendRun } from '../report_actions.js';
import { fromResource } from '../store.js';
import { useLoad } from '../use_load.js';
import { useTitle } from '../title.js';
import { Icon } from '../parts/icon.js';
import { LoadProblem } from '../parts/load_problem.js';
import { Menu } from '../parts/menu.js';
import { MonitorSkeleton } from '../parts/monitor_skeleton.js';
import { ReportIncidents } from '../parts/report_incidents.js';
import { ReportMonitors } from '../parts/report_monitors.js';
import { ReportRegions } from '../parts/report_regions.js';
import { ReportSlos } from '../parts/report_slos.js';

const TABLES = [['monitors', 'Monitors'], ['regions', 'Response times by region'], ['incidents', 'Incidents']];

export function ReportRun({ id, run: runId }) {
  const state = useLoad(async (signal) => fromResource((await get(`/reports/${id}/runs/${runId}`, { signal })).data), [id, runId]);
  useEffect(() => onEvent((event) => { if (event.type === 'delivery') state.again(); }), [id, runId]);
  const { data: run, problem } = state.value;
  useTitle(run ? `${run.name}, ${daysWords(run.first_day, run.last_day)}` : 'Report');
  if (problem && !problem.passing) return html`<div class="page"><${LoadProblem} problem=${problem} back=${[`/reports/${id}`, 'To all that was made']} /></div>`;
  if (!run) return problem ? html`<div class="page"><${LoadProblem} problem=${problem} what="The report" /></div>` : html`<${MonitorSkeleton} />`;
  const { content } = run;
  return html`<div class="page report">
    <a class="crumb no-print" href=${`/reports/${id}`}><${Icon} name="back" size="16" /><span class="crumb-words">${run.name}</span></a>
    <${Head} run=${run} content=${content} />
    <${Notices} notices=${content.notices} />
    <${Figures} summary=${content.summary} />
    <${ReportMonitors} monitors=${content.monitors} />
    <${ReportSlos} slos=${content.slos} />
    <${ReportIncidents} incidents=${content.incidents} count=${content.summary.incidents} timezone=${zoneOf(content)} />
    <${ReportRegions} monitors=${content.monitors} />
    <p class="faint small report-foot">Made ${date(content.made_at)} for ${content.team}. Days are those of ${zoneOf(content)}; response times go by days of UTC.
      Availability is the share of the counted time in which a monitor was not down: maintenance, pauses and times without data are not counted.</p>
  </div>`;
}

function Head({ run, content }) {
  const busy = useSignal(false);
  const send = async () => {
    busy.value = true;
    try {
      await sendRun(run);
    } catch (problem) {
      toast(problem.message, 'alert');
    }
    busy.value = false;
  };
  return html`<div class="page-head report-head"><div><p class="report-kind">${KIND_WORDS[content.period]}${content.team ? ` · ${content.team}` : ''}</p>
      <h1 class="wrap-anywhere" tabindex="-1">${content.name}</h1><p class="report-days">${daysWords(run.first_day, run.last_day)}</p>
      <p class="faint small no-print">${mailWords(run.deliveries)}${run.asked_by ? `. Made for ${run.asked_by}.` : '.'}</p></div>
    <div class="page-actions no-print">
      <button type="button" class="button" onClick=${() => window.print()}><${Icon} name="list" size="16" />Print or PDF</button>
      <${Menu} label="Download CSV" buttonClass="button" button=${html`<${Icon} name="download" size="16" />CSV`}>
        ${TABLES.map(([table, words]) => html`<a key=${table} class="menu-item" role="menuitem" download=${`report-${run.first_day}-${table}.csv`}
          href=${`/api/v2/reports/${run.report_id}/runs/${run.id}/export.csv?table=${table}`}><${Icon} name="download" size="16" />${words}</a>`)}
      <//>
      <button type="button" class="button" disabled=${busy.value} onClick=${send}><${Icon} name="send" size="16" />Send now</button>
    </div></div>`;
}

const Notices = ({ notices = [] }) => notices.length > 0 && html`<ul class="report-notices" aria-label="Notes">${notices.map((one) => html`<li key=${one}><${Icon} name="alert" size="16" /><span>${one}</span></li>`)}</ul>`;

/** The whole in a few numbers, each with what it was the period before. */
function Figures({ summary }) {
  const figures = [
    ['Availability', percentWords(summary.availability), changeOf(summary.availability, summary.previous_availability), levelOf(summary.availability)],
    ['Down time', lengthWords(summary.downtime), downtimeChange(summary.downtime, summary.previous_downtime)],
    ['Incidents', (summary.incidents ?? 0).toLocaleString(), { words: `${(summary.previous_incidents ?? 0).toLocaleString()} before`, better: null }],
    ['Longest incident', summary.incidents ? lengthWords(summary.longest_incident) : '–', summary.incidents ? { words: `${lengthWords(summary.average_incident)} on average`, better: null } : null],
    ['Acknowledged after', meanWords(summary.mean_time_to_acknowledge), { words: 'on average', better: null }],
    ['Resolved after', meanWords(summary.mean_time_to_resolve), { words: 'on average', better: null }],
  ];
  return html`<dl class="report-figures">${figures.map(([title, value, change, level]) => html`<div key=${title} class="report-figure">
      <dt>${title}</dt><dd>${level && html`<span class=${`level level-${level}`}></span>`}${value}</dd>
      ${change && value !== '–' && html`<dd class=${`report-change${change.better === null ? '' : change.better ? ' report-better' : ' report-worse'}`}>${change.words}</dd>`}</div>`)}</dl>`;
}
