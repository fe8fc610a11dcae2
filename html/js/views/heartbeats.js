/** /heartbeats */
import { useSignal } from '@preact/signals';
import { heardUntil } from '../connection.js';
import { html } from '../html.js';
import { ORDER, countStates, listSentence, pick, stateAt } from '../model/heartbeats.js';
import { useJudged } from '../use_judged.js';
import { dropOne, putOne, useResources } from '../use_resources.js';
import { useTitle } from '../title.js';
import { EmptyHeartbeats } from '../parts/empty_heartbeats.js';
import { Health } from '../parts/health.js';
import { HeartbeatRow } from '../parts/heartbeat_row.js';
import { Icon } from '../parts/icon.js';
import { LoadProblem } from '../parts/load_problem.js';
import { MonitorListSkeleton } from '../parts/monitor_list.js';
import { ReachNotice } from '../parts/reach_notice.js';
import { Search } from '../parts/search.js';

const STEP = 50;

/** When any of them became late, as one text: the list is drawn anew then, and not every second. */
const statesAt = (heartbeats, at) => heartbeats.map((one) => stateAt(one, at)).join();

export function Heartbeats() {
  const load = useResources('/heartbeats', 'heartbeat');
  const { data, problem } = load.value;
  useJudged((time) => data && statesAt(data, time), [data]);
  const at = heardUntil.peek();
  const words = useSignal('');
  const state = useSignal('');
  useTitle(data && countStates(data, at).down ? listSentence(data, at) : 'Heartbeats');
  if (!data) return html`<div class="page">${problem ? html`<${LoadProblem} problem=${problem} what="The list" />` : html`<${Loading} />`}</div>`;
  const counts = { total: data.length, ...countStates(data, at) };
  const rows = pick(data, { words: words.value, state: state.value, time: at });
  return html`<div class="page">
    <${Health} counts=${counts} order=${ORDER} sentence=${listSentence(data, at)} state=${state.value} onState=${(one) => { state.value = one; }} />
    ${data.length === 0 ? html`<${EmptyHeartbeats} />` : html`<${ReachNotice} />
      <div class="toolbar">
        <${Search} value=${words.value} onChange=${(text) => { words.value = text; }} label="Search by name" />
        <a class="button button-primary" href="/heartbeats/new"><${Icon} name="plus" />Add heartbeat</a>
      </div>
      ${rows.length ? html`<${Rows} key=${`${state.value} ${words.value}`} rows=${rows} load=${load} />`
        : html`<div class="panel"><div class="empty empty-small"><h2>No heartbeat matches</h2>
          <button type="button" class="button" onClick=${() => { words.value = ''; state.value = ''; }}>Show all</button></div></div>`}`}
  </div>`;
}

function Rows({ rows, load }) {
  const shown = useSignal(STEP);
  const rest = rows.length - shown.value;
  return html`<ul class="rows panel" aria-label="Heartbeats">
      ${rows.slice(0, shown.value).map((one) => html`<${HeartbeatRow} key=${one.id} heartbeat=${one}
        onChange=${(fresh) => fresh && putOne(load, fresh)} onGone=${() => dropOne(load, one.id)} />`)}
    </ul>
    ${rest > 0 && html`<p class="more"><button type="button" class="button" onClick=${() => { shown.value += STEP; }}>Show ${Math.min(rest, STEP)} more</button></p>`}`;
}

function Loading() {
  return html`<div aria-busy="true">
    <section class="health"><h1 tabindex="-1">Heartbeats</h1><div class="strata"><span class="stratum"></span></div></section>
    <div class="toolbar"></div><${MonitorListSkeleton} />
  </div>`;
}
