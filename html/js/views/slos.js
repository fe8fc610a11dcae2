/** /slos */
import { html } from '../html.js';
import { listSentence, sorted } from '../model/slos.js';
import { useEvery } from '../use_every.js';
import { dropOne, useResources } from '../use_resources.js';
import { useTitle } from '../title.js';
import { AnswerTabs } from '../parts/answer_tabs.js';
import { EmptySlos } from '../parts/empty_slos.js';
import { Icon } from '../parts/icon.js';
import { LoadProblem } from '../parts/load_problem.js';
import { MonitorListSkeleton } from '../parts/monitor_list.js';
import { SloRow } from '../parts/slo_row.js';

/** Budgets change with the time, and no event tells of that. */
const REFRESH_MS = 60_000;

export function Slos() {
  const load = useResources('/slos', 'slo');
  useEvery(() => load.again(), REFRESH_MS);
  const { data, problem } = load.value;
  useTitle(data?.length ? listSentence(data) : 'Service levels');
  return html`<div class="page">
    <div class="page-head list-head"><section class="health"><h1 tabindex="-1">${listSentence(data ?? [])}</h1></section>
      ${data?.length > 0 && html`<div class="page-actions"><a class="button button-primary" href="/slos/new"><${Icon} name="plus" />Add SLO</a></div>`}</div>
    <${AnswerTabs} />
    ${!data ? (problem ? html`<div class="panel"><${LoadProblem} problem=${problem} what="The list" /></div>` : html`<div aria-busy="true"><${MonitorListSkeleton} /></div>`)
    : !data.length ? html`<${EmptySlos} />`
    : html`<ul class="rows panel" aria-label="Service levels">${sorted(data).map((one) => html`<${SloRow} key=${one.id} slo=${one} onGone=${() => dropOne(load, one.id)} />`)}</ul>`}
  </div>`;
}
