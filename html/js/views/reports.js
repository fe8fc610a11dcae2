/** /reports */
import { html } from '../html.js';
import { plural } from '../format.js';
import { dropOne, useResources } from '../use_resources.js';
import { useTitle } from '../title.js';
import { AnswerTabs } from '../parts/answer_tabs.js';
import { EmptyReports } from '../parts/empty_reports.js';
import { Icon } from '../parts/icon.js';
import { LoadProblem } from '../parts/load_problem.js';
import { MonitorListSkeleton } from '../parts/monitor_list.js';
import { ReportRow } from '../parts/report_row.js';

export function Reports() {
  const load = useResources('/reports', 'report');
  const { data: reports, problem } = load.value;
  useTitle('Reports');
  return html`<div class="page">
    <div class="page-head list-head"><section class="health"><h1 tabindex="-1">${reports?.length ? plural(reports.length, 'scheduled report') : 'Reports'}</h1></section>
      ${reports?.length > 0 && html`<div class="page-actions"><a class="button button-primary" href="/reports/new"><${Icon} name="plus" />Add report</a></div>`}</div>
    <${AnswerTabs} />
    ${!reports && (problem ? html`<div class="panel"><${LoadProblem} problem=${problem} what="The list" /></div>` : html`<div aria-busy="true"><${MonitorListSkeleton} /></div>`)}
    ${reports?.length === 0 && html`<${EmptyReports} />`}
    ${reports?.length > 0 && html`<ul class="rows panel" aria-label="Reports">${[...reports].sort((a, b) => a.name.localeCompare(b.name)).map((one) => html`<${ReportRow}
      key=${one.id} report=${one} onGone=${() => dropOne(load, one.id)} />`)}</ul>`}
  </div>`;
}
