/** Both charts over one range; loaded only where a chart is shown, uPlot is the largest file of all. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { isEmpty } from '../model/ticks.js';
import { phaseWords, phasesSeen } from '../model/phases.js';
import { PhasesChart } from './phases_chart.js';
import { ResponseChart, Swatch } from './response_chart.js';
import { PhaseSwatch } from './waterfall.js';

const BANDS = [['down', 'down'], ['degraded', 'degraded'], ['unknown', 'not measured']];
const TALL_PX = 260;
const LOW_PX = 190;

export function Charts({ ticks, kind, intervalMs, from, to }) {
  const region = useSignal('');
  const filled = ticks.regions.filter((one) => one.slot.length);
  const columns = filled.find((one) => one.region === region.value) ?? filled[0];
  const has = (status) => ticks.regions.some((one) => one.status.includes(status));
  if (isEmpty(ticks)) return html`<p class="chart-empty">No results in this range yet.</p>`;
  const seen = phasesSeen(columns);
  const phases = phaseWords(kind).filter(([name]) => seen.includes(name));
  return html`
    <ul class="legend">${ticks.regions.map((one, i) => html`<li key=${one.region}><${Swatch}
      i=${i} />${one.region}</li>`)}
      ${BANDS.map(([status, words]) => has(status) && html`<li key=${status}><span
        class=${`swatch swatch-${status}`}></span>${words}</li>`)}</ul>
    <${ResponseChart} ticks=${ticks} intervalMs=${intervalMs} from=${from} to=${to} height=${TALL_PX} />
    ${phases.length > 1 && html`<div class="phases-head">
      <h3>Phases</h3>
      <label class="small soft">from <select class="select select-small"
        onChange=${(event) => { region.value = event.currentTarget.value; }}>
        ${filled.map((one) => html`<option key=${one.region} value=${one.region}
          selected=${one === columns}>${one.region}</option>`)}</select></label>
    </div>
    <ul class="legend">${phases.map(([name, label]) => html`<li key=${name}><${PhaseSwatch}
      name=${name} />${label}</li>`)}</ul>
    <${PhasesChart} columns=${columns} phases=${phases} intervalMs=${intervalMs} from=${from} to=${to} height=${LOW_PX} />`}`;
}
