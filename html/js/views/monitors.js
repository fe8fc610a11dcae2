/** /monitors */
import { useSignal, useComputed } from '@preact/signals';
import { hubTime } from '../clock.js';
import { html } from '../html.js';
import { loadMonitors } from '../load_monitors.js';
import { ENDING, countStates, endsSoon, pickRows } from '../model/listing.js';
import { healthSentence } from '../model/words.js';
import { roster } from '../store.js';
import { style } from '../styles.js';
import { useLoad } from '../use_load.js';
import { useModule } from '../use_module.js';
import { useTitle } from '../title.js';
import { EmptyMonitors } from '../parts/empty_monitors.js';
import { Health } from '../parts/health.js';
import { Icon } from '../parts/icon.js';
import { LoadProblem } from '../parts/load_problem.js';
import { MonitorList, MonitorListSkeleton } from '../parts/monitor_list.js';
import { ReachNotice } from '../parts/reach_notice.js';
import { Search } from '../parts/search.js';
import { Skeleton } from '../parts/skeleton.js';

const troubled = (counts) => counts.down + counts.flapping + counts.suspect + counts.no_data > 0;

const overview = async () => (await Promise.all([import('../parts/overview.js'), style('overview')]))[0];

export function Monitors() {
  const load = useLoad(loadMonitors, []);
  const history = useModule(overview);
  const words = useSignal('');
  const state = useSignal('');
  const counts = useComputed(() => countStates(roster.value)).value;
  const rows = useComputed(() => pickRows(roster.value, words.value, state.value, hubTime())).value;
  const ending = useComputed(() => roster.value.filter((row) => endsSoon(row, hubTime())).length).value;
  const { data, problem } = load.value;
  const reset = () => { words.value = ''; state.value = ''; };
  useTitle(data && troubled(counts) ? healthSentence(counts) : 'Monitors');
  if (!data) return html`<div class="page">${problem ? html`<${LoadProblem} problem=${problem}
    what="The list" />` : html`<${Loading} />`}</div>`;
  return html`<div class="page">
    <${Health} counts=${counts} state=${state.value} onState=${(one) => { state.value = one; }}
      more=${[[ENDING, 'Ending soon', ending]]} />
    ${counts.total === 0 ? html`<${EmptyMonitors} />` : html`<${ReachNotice} />
      <div class="toolbar">
        <${Search} value=${words.value} onChange=${(text) => { words.value = text; }}
          label="Search by name or address" />
        <a class="button button-primary" href="/monitors/new"><${Icon} name="plus" />Add monitor</a>
      </div>
      ${!data.complete && html`<p
        class="faint small">There are more monitors than this page loads; counts and search cover those loaded.</p>`}
      ${rows.length ? html`<${MonitorList} key=${`${state.value} ${words.value}`} rows=${rows} Bars=${history?.RowBars} />` : html`<${NoMatch} onReset=${reset} />`}
      ${history && html`<${history.Overview} />`}`}
  </div>`;
}

function Loading() {
  return html`<div aria-busy="true">
    <section class="health"><h1 tabindex="-1"><${Skeleton} width="12rem" /><span
      class="hidden-text">Loading the monitors</span></h1><div class="strata"><span class="stratum"></span></div></section>
    <div class="toolbar"></div>
    <${MonitorListSkeleton} />
  </div>`;
}

function NoMatch({ onReset }) {
  return html`<div class="panel"><div class="empty empty-small">
    <h2>No monitor matches</h2>
    <button type="button" class="button" onClick=${onReset}>Show all</button>
  </div></div>`;
}
