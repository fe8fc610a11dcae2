/** Response time over any stretch: results as they were where it is short, percentiles where it is long. */
import { useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { get } from '../api.js';
import { hubTime } from '../clock.js';
import { ALL, PHASES, QUANTILES, columnsOf, isEmpty, stepAt, stepWords } from '../model/percentiles.js';
import { phaseWords } from '../model/phases.js';
import { DAY_MS, OTHER, boundsOf, boundsQuery, drawn, moved, scaled, spanWords } from '../model/span.js';
import { fromReply } from '../model/ticks.js';
import { ms } from '../format.js';
import { useEvery } from '../use_every.js';
import { useLoad } from '../use_load.js';
import { useModule } from '../use_module.js';
import { Icon } from './icon.js';
import { LoadProblem } from './load_problem.js';

const REFRESH_MS = 300_000;
const RAW_MS_MAX = DAY_MS;
const TICKS_MAX = 20_000;
const EACH = 'each';

/** A young monitor is shown from its beginning, but not narrower than this. */
const NARROW_MS = DAY_MS / 24;

/** Short enough to be shown result by result. */
const isRaw = (span, phase) => phase === 'total' && (span.key === '24h' || (span.key === OTHER && span.to - span.from <= RAW_MS_MAX));

async function read(id, span, phase, signal) {
  const question = boundsQuery(span, hubTime());
  const bounds = boundsOf(span, hubTime());
  if (isRaw(span, phase)) {
    question.set('limit', TICKS_MAX);
    return { raw: fromReply((await get(`/monitors/${id}/ticks?${question}`, { signal })).data.attributes), ...bounds };
  }
  question.set('phase', phase);
  const { attributes } = (await get(`/monitors/${id}/percentiles?${question}`, { signal })).data;
  return { found: { ...attributes, regions: [...attributes.regions].sort((a, b) => a.region.localeCompare(b.region)) }, ...bounds };
}

export function LatencyPanel({ monitor, span, onPick }) {
  const phase = useSignal('total');
  const region = useSignal(ALL);
  const quantile = useSignal('p95');
  const module = useModule(() => import('./latency_charts.js'));
  const load = useLoad((signal) => read(monitor.id, span, phase.value, signal), [monitor.id, span.key, span.from, span.to, phase.value]);
  useEvery(() => load.again(), REFRESH_MS, [span.key, phase.value]);
  const { data, problem } = load.value;
  const names = data?.found?.regions.map((one) => one.region) ?? [];
  const zoom = (from, to) => onPick(drawn(from, to, hubTime()));
  const csv = `/api/v2/monitors/${monitor.id}/export.csv?${boundsQuery(span, hubTime())}`;
  return html`<section class="panel" aria-label="Response time over time">
    <div class="panel-head latency-head"><h2>Response time <span class="head-note">${spanWords(span)}</span></h2>
      <${Walk} span=${span} onPick=${onPick} />
      <a class="button button-small" href=${csv} download><${Icon} name="download" size="16" />Results as CSV</a></div>
    <div class="panel-body">
      <div class="latency-picks">
        <${Pick} label="Phase" held=${phase} options=${phaseOptions(monitor.monitor_type)} />
        ${data?.found && html`<${Pick} label="Regions" held=${region} options=${[[ALL, 'All together'], ...(names.length > 1 ? [[EACH, 'Side by side']] : []), ...names.map((name) => [name, name])]} />`}
        ${data?.found && region.value === EACH && html`<${Pick} label="Percentile" held=${quantile} options=${QUANTILES.map(([key]) => [key, key])} />`}
        <span class="faint small latency-note">${data && html`${noteOf(data)}<span class="latency-drag">Drag over the chart to look closer.</span>`}</span>
      </div>
      ${data && module ? html`<${Chart} module=${module} data=${data} monitor=${monitor} region=${region.value} quantile=${quantile.value} onZoom=${zoom} />`
    : problem ? html`<${LoadProblem} problem=${problem} what="The chart" />` : html`<div class="chart-empty" aria-busy="true"><span class="skeleton chart-skeleton"></span></div>`}
    </div>
  </section>`;
}

const noteOf = ({ raw, found }) => (raw ? `Every result${raw.truncated ? ' of the newest' : ''}. ` : `A point is ${stepWords(found.step)}. `);

/** Only those phases that this kind of monitor has. */
function phaseOptions(kind) {
  const words = Object.fromEntries(phaseWords(kind));
  return PHASES.filter(([key]) => key === 'total' || words[key]).map(([key, name]) => [key, words[key] ?? name]);
}

function Chart({ module, data, monitor, region, quantile, onZoom }) {
  const { raw, found } = data;
  const born = Math.max(data.from, Math.min(ms(monitor.created_at) ?? 0, data.to - NARROW_MS));
  const columns = useMemo(() => found && columnsOf(found, found.regions.some((one) => one.region === region) ? region : ALL), [found, region]);
  if (raw) return html`<${module.RawChart} ticks=${raw} everyMs=${monitor.check_frequency * 1000} from=${born} to=${data.to} onZoom=${onZoom} />`;
  /* The step in which it began is shown whole. */
  const stepMs = found.step * 1000;
  const from = columns.at[stepAt(columns, born, stepMs)] ?? born;
  const shown = { from, to: data.to, onZoom };
  if (isEmpty(columns)) return html`<p class="chart-empty">No results in this range.</p>`;
  if (region === EACH && found.regions.length > 1) return html`<${module.RegionLines} found=${found} quantile=${quantile} ...${shown} />`;
  return html`<${module.BandChart} columns=${columns} stepMs=${stepMs} ...${shown} />`;
}

function Pick({ label, held, options }) {
  const value = options.some(([key]) => key === held.value) ? held.value : options[0][0];
  return html`<label class="pick">${label} <select class="select select-small" value=${value} onChange=${(event) => { held.value = event.currentTarget.value; }}>
    ${options.map(([key, words]) => html`<option key=${key} value=${key} selected=${key === value}>${words}</option>`)}</select></label>`;
}

const LONG_MS = 5 * 366 * DAY_MS;

/** For those who do not drag. */
function Walk({ span, onPick }) {
  const step = (icon, label, next, off) => html`<button type="button" class="button button-small button-icon" aria-label=${label} title=${label} disabled=${off}
    onClick=${() => onPick(next())}><${Icon} name=${icon} size="16" /></button>`;
  const { from, to } = boundsOf(span, hubTime());
  return html`<div class="latency-walk" role="group" aria-label="Move in time">
    ${step('back', 'Earlier', () => moved(span, -1, hubTime()))}
    ${step('right', 'Later', () => moved(span, 1, hubTime()), hubTime() - to < 60_000)}
    ${step('plus', 'Closer', () => scaled(span, 0.5, hubTime()), to - from <= 2 * 3_600_000)}
    ${step('minus', 'Wider', () => scaled(span, 2, hubTime()), to - from > LONG_MS)}
    ${span.key === OTHER && html`<button type="button" class="button button-small" onClick=${() => onPick({ key: '30d' })}>30 days</button>`}
  </div>`;
}
