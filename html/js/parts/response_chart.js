/** Response time per region over the chosen range. */
import { useMemo, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { colour } from '../theme.js';
import { responseData, runsOf } from '../model/chart_data.js';
import { downBands } from './down_bands.js';
import { Plot } from './plot.js';
import { PlotTip, tipHook } from './plot_tip.js';
import { axes, cursor, scales } from './plot_style.js';

const COLOURS = 6;
const DASHES = [undefined, [6, 4], [2, 3]];

const colourName = (i) => `series-${(i % COLOURS) + 1}`;
const dash = (i) => DASHES[Math.floor(i / COLOURS) % DASHES.length];

export function seriesOf(label, i) {
  const stroke = colour(colourName(i));
  return { label, stroke, width: 1.75, dash: dash(i), points: { size: 4, width: 0, fill: stroke } };
}

export function Swatch({ i }) {
  return html`<svg class="swatch" width="16" height="8" viewBox="0 0 16 8" aria-hidden="true">
    <path d="M1 4h14" stroke=${`var(--${colourName(i)})`} stroke-width="2.5" stroke-linecap="round" stroke-dasharray=${dash(i)?.join(' ')} /></svg>`;
}

export function ResponseChart({ ticks, intervalMs, from, to, height }) {
  const tip = useSignal(null);
  const { regions } = ticks;
  const data = useMemo(() => responseData(regions, intervalMs, from), [regions, intervalMs, from]);
  const runs = useRef([]);
  runs.current = useMemo(() => regions.flatMap((columns) => runsOf(columns, intervalMs, from)), [regions, intervalMs, from]);
  const names = regions.map((one) => one.region);
  const options = () => ({
    ms: 1, axes: axes(), scales: scales(), cursor: cursor(), legend: { show: false }, padding: [8, 12, 0, 0],
    series: [{}, ...names.map(seriesOf)],
    hooks: { setCursor: [tipHook(tip)], drawClear: [downBands(() => runs.current)] },
  });
  return html`<div class="chart">
    <${Plot} options=${options} shape=${names.join('\n')} data=${data} from=${from} to=${to} height=${height}
      label=${`Response time from ${names.join(', ')}`} />
    <${PlotTip} tip=${tip} regions=${regions} intervalMs=${intervalMs} swatch=${(i) => html`<${Swatch} i=${i} />`} />
  </div>`;
}
