/** /maintenance */
import { heardUntil } from '../connection.js';
import { html } from '../html.js';
import { grouped, listSentence, stateAt } from '../model/windows.js';
import { useJudged } from '../use_judged.js';
import { dropOne, putOne, useResources } from '../use_resources.js';
import { useTitle } from '../title.js';
import { EmptyWindows } from '../parts/empty_windows.js';
import { Icon } from '../parts/icon.js';
import { LoadProblem } from '../parts/load_problem.js';
import { MonitorListSkeleton } from '../parts/monitor_list.js';
import { WindowRow } from '../parts/window_row.js';

const ENDED_SHOWN_MAX = 50;

export function Windows() {
  const load = useResources('/maintenance-windows', 'maintenance');
  const { data, problem } = load.value;
  useJudged((time) => data && data.map((one) => stateAt(one, time)).join(), [data]);
  useTitle('Maintenance');
  if (!data) return html`<div class="page">${problem ? html`<${LoadProblem} problem=${problem} what="The list" />`
    : html`<div aria-busy="true"><section class="health"><h1 tabindex="-1">Maintenance</h1></section><${MonitorListSkeleton} /></div>`}</div>`;
  const at = heardUntil.peek() || Date.now();
  return html`<div class="page">
    <div class="page-head list-head"><section class="health"><h1 tabindex="-1">${listSentence(data, at)}</h1></section>
      ${data.length > 0 && html`<div class="page-actions"><a class="button button-primary" href="/maintenance/new"><${Icon} name="plus" />Add window</a></div>`}</div>
    ${data.length === 0 && html`<${EmptyWindows} />`}
    <div class="stack">${grouped(data, at).map(([state, title, windows]) => html`<section key=${state} aria-label=${title}>
      <h2 class="group-title">${title} <span class="faint">${windows.length.toLocaleString()}</span></h2>
      <ul class="rows panel">${windows.slice(0, state === 'ended' ? ENDED_SHOWN_MAX : undefined).map((one) => html`<${WindowRow} key=${one.id} one=${one} state=${state}
        onChange=${(fresh) => putOne(load, fresh)} onGone=${() => dropOne(load, one.id)} />`)}</ul>
    </section>`)}</div>
  </div>`;
}
