/** The charts of response time over long stretches, on uPlot: percentiles as bands, regions as lines, results as they were. */
import { useMemo, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { colour } from '../theme.js';
import { micros, plural, utc, when } from '../format.js';
import { runsOf, responseData } from '../model/chart_data.js';
import { QUANTILES, bandData, failuresOf, intervalOf, regionData, stepAt } from '../model/percentiles.js';
import { isEmpty } from '../model/ticks.js';
import { Plot } from './plot.js';
import { PlotTip, tipHook } from './plot_tip.js';
import { axes, scales, zoomCursor, zoomHook } from './plot_style.js';
import { Swatch, seriesOf } from './response_chart.js';
import { downBands, downFeet } from './down_bands.js';

const HEIGHT_PX = 280;
const EDGE_PX = 120;
const NAMES = QUANTILES.map(([key]) => key);

const base = (tip, onZoom, draw) => ({
  ms: 1, axes: axes(), scales: scales(), cursor: zoomCursor(), legend: { show: false }, padding: [8, 12, 0, 0],
  hooks: { setCursor: [tipHook(tip)], setSelect: [zoomHook(onZoom)], drawClear: [draw] },
});

/** Between each percentile and the next a band, the palest for the few slowest. */
export function BandChart({ columns, stepMs, from, to, onZoom }) {
  const tip = useSignal(null);
  const data = useMemo(() => bandData(columns, NAMES, stepMs), [columns, stepMs]);
  const runs = useRef([]);
  runs.current = useMemo(() => failuresOf(columns, stepMs), [columns, stepMs]);
  const few = columns.p50.filter((value) => value !== null).length < 3;
  const options = () => ({
    ...base(tip, onZoom, downFeet(() => runs.current)),
    series: [{}, ...NAMES.map((label, i) => ({ label, stroke: colour(i ? `band-line-${i}` : 'series-1'), width: i ? 1 : 2, points: { show: few, size: 4 } }))],
    bands: NAMES.slice(1).map((_, i) => ({ series: [i + 2, i + 1], fill: colour(`band-${i + 1}`) })),
  });
  return html`<ul class="legend">${QUANTILES.map(([key, words], i) => html`<li key=${key}><span class=${`band-key band-key-${i}`}></span>${words}</li>`)}
      ${runs.current.length > 0 && html`<li><span class="swatch foot-key"></span>checks failed</li>`}</ul>
    <div class="chart chart-zoom"><${Plot} options=${options} shape=${`bands ${few}`} data=${data} from=${from} to=${to} height=${HEIGHT_PX} label=${bandLabel(columns)} />
      <${StepTip} tip=${tip} columns=${columns} stepMs=${stepMs} /></div>`;
}

function bandLabel(columns) {
  const last = columns.p50.findLastIndex((value) => value !== null);
  return `Percentiles of the response time; lately half of the checks took less than ${micros(columns.p50[last])}, 95 of 100 less than ${micros(columns.p95[last])}`;
}

function StepTip({ tip, columns, stepMs }) {
  const i = tip.value ? stepAt(columns, tip.value.time, stepMs) : -1;
  if (i < 0) return null;
  const failed = columns.down?.[i] ?? 0;
  return html`<${TipBox} tip=${tip} at=${columns.at[i]} stepMs=${stepMs}>
    ${[...NAMES].reverse().map((name) => html`<p class="tip-row" key=${name}><span>${name}</span><b>${micros(columns[name]?.[i])}</b></p>`)}
    <p class="tip-row faint"><span>${plural(columns.count?.[i] ?? 0, 'check')}</span></p>
    ${failed > 0 && html`<p class="tip-row word state-down"><span>${failed.toLocaleString()} failed</span></p>`}<//>`;
}

function TipBox({ tip, at, stepMs, children }) {
  const { left, width } = tip.value;
  const place = Math.min(Math.max(left, EDGE_PX), Math.max(EDGE_PX, width - EDGE_PX));
  return html`<div class="tip" style=${{ left: `${place}px` }}><p class="tip-time" title=${utc(at)}>${stepTitle(at, stepMs)}</p>${children}</div>`;
}

const DAY_MS = 86_400_000;
const days = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** Days by their names; what is shorter by the moment at which it begins. */
const stepTitle = (at, stepMs) => (stepMs % DAY_MS === 0 ? (stepMs === DAY_MS ? days.format(at) : `${days.format(at)} to ${days.format(at + stepMs - 1)}`) : when(at).replace(/:\d\d$/, ''));

/** One percentile of each region. */
export function RegionLines({ found, quantile, from, to, onZoom }) {
  const tip = useSignal(null);
  const stepMs = found.step * 1000;
  const data = useMemo(() => regionData(found.regions, quantile, stepMs), [found, quantile]);
  const runs = useRef([]);
  runs.current = useMemo(() => found.regions.flatMap((one) => failuresOf(one, stepMs)), [found]);
  const names = found.regions.map((one) => one.region);
  const options = () => ({ ...base(tip, onZoom, downFeet(() => runs.current)), series: [{}, ...names.map(seriesOf)] });
  const rows = tip.value ? found.regions.map((one, i) => ({ one, i, at: stepAt(one, tip.value.time, stepMs) })).filter(({ at }) => at >= 0) : [];
  return html`<ul class="legend">${names.map((name, i) => html`<li key=${name}><${Swatch} i=${i} />${name}</li>`)}</ul>
    <div class="chart chart-zoom"><${Plot} options=${options} shape=${names.join('\n')} data=${data} from=${from} to=${to} height=${HEIGHT_PX} label=${`${quantile} of the response time from ${names.join(', ')}`} />
      ${rows.length > 0 && html`<${TipBox} tip=${tip} at=${rows[0].one.at[rows[0].at]} stepMs=${stepMs}>${rows.map(({ one, i, at }) => html`<p class="tip-row" key=${i}><${Swatch} i=${i} /><span>${one.region}</span><b>${micros(one[quantile]?.[at])}</b></p>`)}<//>`}</div>`;
}

/** Every result of each region. */
export function RawChart({ ticks, everyMs, from, to, onZoom }) {
  const tip = useSignal(null);
  const { regions } = ticks;
  const intervalMs = useMemo(() => intervalOf(regions, everyMs), [ticks, everyMs]);
  const data = useMemo(() => responseData(regions, intervalMs, from), [ticks, intervalMs, from]);
  const runs = useRef([]);
  runs.current = useMemo(() => regions.flatMap((columns) => runsOf(columns, intervalMs, from)), [ticks, intervalMs, from]);
  const names = regions.map((one) => one.region);
  const options = () => ({ ...base(tip, onZoom, downBands(() => runs.current)), series: [{}, ...names.map(seriesOf)] });
  if (isEmpty(ticks)) return html`<p class="chart-empty">No results in this range.</p>`;
  return html`<ul class="legend">${names.map((name, i) => html`<li key=${name}><${Swatch} i=${i} />${name}</li>`)}</ul>
    <div class="chart chart-zoom"><${Plot} options=${options} shape=${names.join('\n')} data=${data} from=${from} to=${to} height=${HEIGHT_PX} label=${`Response time from ${names.join(', ')}`} />
      <${PlotTip} tip=${tip} regions=${regions} intervalMs=${intervalMs} swatch=${(i) => html`<${Swatch} i=${i} />`} /></div>`;
}
