/** The panel around the charts: its range, and what stands there while they load. */
import { html } from '../html.js';
import { now } from '../clock.js';
import { ms } from '../format.js';
import { useModule } from '../use_module.js';
import { RANGES } from './ranges.js';
import { Segments } from './segments.js';

/** The window moves in steps of this share of its width: a redraw a second would be wasted on a day. */
const STEPS = 720;

/** A monitor younger than its range is shown from its beginning, but never narrower than this. */
const WINDOW_MIN_MS = 600_000;

export function ChartPanel({ monitor, ticks, problem, range, onRange }) {
  const module = useModule(() => import('./charts.js'));
  const [, , spanMs] = RANGES.find(([key]) => key === range);
  const step = spanMs / STEPS;
  const to = Math.ceil(now.value / step) * step;
  const born = Math.min(ms(monitor.created_at) ?? 0, to - WINDOW_MIN_MS);
  const from = Math.max(to - spanMs, born);
  return html`<section class="panel" aria-label="Response times">
    <div class="panel-head"><h2>Response time</h2>
      <${Segments} label="Range" options=${RANGES.map(([key, name]) => [key, name])} value=${range}
        onPick=${onRange} /></div>
    <div class="panel-body">
      ${ticks?.truncated && html`<p
        class="faint small chart-note">This range holds more results than fit here: only the newest are drawn.</p>`}
      ${ticks && module ? html`<${module.Charts} ticks=${ticks} kind=${monitor.monitor_type} intervalMs=${monitor.check_frequency * 1000}
        from=${from} to=${to} />`
        : html`<div class="chart-empty">${problem ? `${problem.message} Trying again by itself.` : html`<span
          class="skeleton chart-skeleton"></span>`}</div>`}
    </div>
  </section>`;
}
