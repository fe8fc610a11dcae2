/** /reports/{id}: what it is, and everything that was made of it, newest first. */
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { get } from '../api.js';
import { toast } from '../announce.js';
import { now } from '../clock.js';
import { listed, utc } from '../format.js';
import { onEvent } from '../live.js';
import { levelOf, lengthWords, percentWords } from '../model/availability.js';
import { daysWords, mailWords, nextWords, reportWords, zoneOf } from '../model/reports.js';
import { makeReport } from '../report_actions.js';
import { go } from '../router.js';
import { fromResource } from '../store.js';
import { useLoad } from '../use_load.js';
import { useThing } from '../use_resources.js';
import { useTitle } from '../title.js';
import { DeleteReport } from '../parts/delete_report.js';
import { Icon } from '../parts/icon.js';
import { LoadProblem } from '../parts/load_problem.js';
import { Menu } from '../parts/menu.js';
import { MenuItem } from '../parts/menu_item.js';
import { MonitorSkeleton } from '../parts/monitor_skeleton.js';
import { Pages } from '../parts/pages.js';

const LIST = '/reports';
const PER_PAGE = 25;

async function readRuns(id, page, signal) {
  const reply = await get(`/reports/${id}/runs?page=${page}&per_page=${PER_PAGE}`, { signal });
  const last = new URL(reply.pagination.last, location.origin).searchParams.get('page');
  return { runs: reply.data.map(fromResource), pages: Number(last) || 1 };
}

/** Runs have no events of their own: the report's tell of them, and those of deliveries of their mails. */
function useRuns(id, page) {
  const state = useLoad((signal) => readRuns(id, page, signal), [id, page]);
  useEffect(() => onEvent((event) => { if ((event.type === 'report' && String(event.id) === id && event.action !== 'deleted') || event.type === 'delivery') state.again(); }), [id, page]);
  return state.value;
}

export function Report({ id }) {
  const page = useSignal(1);
  const held = useThing(async (signal) => fromResource((await get(`/reports/${id}`, { signal })).data), 'report', id);
  const { data, problem: runsProblem } = useRuns(id, page.value);
  const { data: report, problem } = held.value;
  useTitle(report?.name ?? 'Report');
  if (problem && !problem.passing) return html`<div class="page"><${LoadProblem} problem=${problem} back=${[LIST, 'To the reports']} /></div>`;
  if (!report) return problem ? html`<div class="page"><${LoadProblem} problem=${problem} what="The report" /></div>` : html`<${MonitorSkeleton} />`;
  return html`<div class="page">
    <a class="crumb" href=${LIST}><${Icon} name="back" size="16" /><span class="crumb-words">Reports</span></a>
    <${Head} report=${report} />
    ${!data ? html`<section class="panel" aria-busy=${runsProblem ? undefined : 'true'}>${runsProblem && html`<${LoadProblem} problem=${runsProblem} what="What was made" />`}</section>`
    : data.runs.length ? html`<section class="panel report-runs" aria-label="What was made"><table><thead><tr><th scope="col">Period</th><th scope="col">Availability</th><th scope="col">Down time</th><th scope="col">Incidents</th><th scope="col">Mail</th></tr></thead>
        <tbody>${data.runs.map((run) => html`<${RunRow} key=${run.id} run=${run} />`)}</tbody></table></section>
      ${data.pages > 1 && html`<${Pages} page=${page.value} pages=${data.pages} onPage=${(to) => { page.value = to; }} />`}`
      : html`<div class="panel"><div class="empty empty-small"><h2>Nothing was made yet</h2><p>${nextWords(report, now.peek())}. Or make one now, of the last period or of this one so far.</p></div></div>`}
  </div>`;
}

function Head({ report }) {
  const asking = useSignal(false);
  const busy = useSignal(false);
  const make = async (period) => {
    if (busy.value) return;
    busy.value = true;
    try {
      const run = await makeReport(report, period);
      go(`${LIST}/${report.id}/runs/${run.id}`);
    } catch (problem) {
      toast(problem.message, 'alert');
    }
    busy.value = false;
  };
  return html`<div class="page-head"><div><h1 class="wrap-anywhere" tabindex="-1">${report.name}</h1>
      <p class="soft">${reportWords(report)}. <span title=${utc(report.next_run_at)}>${nextWords(report, now.peek())}</span> (${zoneOf(report)}).</p>
      ${report.emails?.length > 0 && html`<p class="faint small wrap-anywhere">${listed(report.emails)}</p>`}</div>
    <div class="page-actions">
      <${Menu} label="Make one now" buttonClass="button" button=${html`<${Icon} name="plus" size="16" />${busy.value ? 'Making…' : 'Make one now'}`}>
        <${MenuItem} icon="check" onPick=${() => make('last')}>${report.period === 'week' ? 'Last week' : 'Last month'}<//>
        <${MenuItem} icon="clock" onPick=${() => make('current')}>${report.period === 'week' ? 'This week so far' : 'This month so far'}<//>
      <//>
      <a class="button" href=${`${LIST}/${report.id}/edit`}><${Icon} name="edit" size="16" />Edit</a>
      <${Menu} button=${html`<${Icon} name="more" />`} label="More actions" buttonClass="button button-icon">
        <${MenuItem} icon="trash" danger onPick=${() => { asking.value = true; }}>Delete…<//>
      <//>
    </div>
    ${asking.value && html`<${DeleteReport} report=${report} onGone=${() => go(LIST, { replace: true })} onClose=${() => { asking.value = false; }} />`}
  </div>`;
}

function RunRow({ run }) {
  const { summary } = run;
  return html`<tr><th scope="row"><a href=${`${LIST}/${run.report_id}/runs/${run.id}`}>${daysWords(run.first_day, run.last_day)}</a>
      <span class="report-note">${[run.is_over === false && 'not over yet', run.asked_by && `made for ${run.asked_by}`].filter(Boolean).join(', ')}</span></th>
    <td data-title="Availability"><span class=${`level level-${levelOf(summary.availability)}`}></span>${percentWords(summary.availability)}</td>
    <td data-title="Down time">${lengthWords(summary.downtime)}</td>
    <td data-title="Incidents">${(summary.incidents ?? 0).toLocaleString()}</td>
    <td data-title="Mail" class=${run.deliveries?.failed ? 'report-failed' : ''}>${mailWords(run.deliveries)}</td></tr>`;
}
