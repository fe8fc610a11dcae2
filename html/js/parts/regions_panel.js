/** Regions beside each other: how often they succeeded and how fast they were. */
import { html } from '../html.js';
import { get } from '../api.js';
import { hubTime } from '../clock.js';
import { micros } from '../format.js';
import { percentWords } from '../model/availability.js';
import { byMedian, scaleOf, shareOf, slowerWords, successPercent } from '../model/regions_table.js';
import { phaseWords } from '../model/phases.js';
import { boundsQuery, spanWords } from '../model/span.js';
import { useLoad } from '../use_load.js';
import { LoadProblem } from './load_problem.js';
import { Skeleton } from './skeleton.js';
import { PhaseSwatch, phaseVar } from './waterfall.js';

export function RegionsPanel({ monitor, span }) {
  const load = useLoad(async (signal) => byMedian((await get(`/monitors/${monitor.id}/regions?${boundsQuery(span, hubTime())}`, { signal })).data.attributes.regions),
    [monitor.id, span.key, span.from, span.to]);
  const { data, problem } = load.value;
  const measured = data?.filter(({ checks }) => checks > 0);
  return html`<section class="panel" aria-label="Comparison of regions">
    <div class="panel-head"><h2>Regions compared <span class="head-note">${spanWords(span)}</span></h2></div>
    ${measured ? (measured.length ? html`<${Table} regions=${measured} kind=${monitor.monitor_type} />` : html`<p class="chart-empty">No results in this range.</p>`)
    : problem ? html`<${LoadProblem} problem=${problem} what="The comparison" />` : html`<div class="panel-body sla-wait" aria-busy="true"><${Skeleton} width="60%" /></div>`}
  </section>`;
}

function Table({ regions, kind }) {
  const scale = scaleOf(regions);
  const phases = phaseWords(kind).filter(([key]) => regions.some((one) => one.phases?.[key]?.mean > 0));
  return html`<table class="regions-table">
    <thead><tr><th scope="col">Region</th><th scope="col">Success</th><th scope="col" class="regions-bar-head">p50 and p95</th><th scope="col">p50</th><th scope="col">p95</th><th scope="col">p99</th><th scope="col">Mean</th><th scope="col">Checks</th></tr></thead>
    <tbody>${regions.map((one) => html`<tr key=${one.region}>
      <th scope="row"><span class="wrap-anywhere">${one.name || one.region}</span><span class="faint small">${slowerWords(one, regions[0])}</span></th>
      <td data-title="Success" class="regions-success"><span>${percentWords(successPercent(one))}</span>${one.down > 0 && html`<span class="faint small">${one.down.toLocaleString()} failed</span>`}</td>
      <td class="regions-bar" aria-hidden="true"><span class="twin" style=${{ '--p50': shareOf(one.p50, scale), '--p95': shareOf(one.p95, scale) }}></span><${Phases} of=${one.phases} phases=${phases} scale=${scale} /></td>
      <td data-title="p50"><b>${micros(one.p50)}</b></td><td data-title="p95">${micros(one.p95)}</td><td data-title="p99">${micros(one.p99)}</td><td data-title="Mean">${micros(one.mean)}</td>
      <td data-title="Checks" class="faint">${one.checks.toLocaleString()}</td></tr>`)}</tbody>
  </table>
  <ul class="legend regions-legend"><li><span class="band-key twin-key"></span>half of the checks are faster</li><li><span class="band-key twin-key-95"></span>95 of 100 are faster</li>
    ${phases.length > 1 && html`<li class="regions-means">Means of the phases:</li>${phases.map(([key, words]) => html`<li key=${key}><${PhaseSwatch} name=${key} />${words}</li>`)}`}</ul>`;
}

/** Where the time goes, on average, on the same scale. */
function Phases({ of, phases, scale }) {
  if (!of || phases.length < 2) return null;
  return html`<span class="phase-means">${phases.map(([key, words]) => html`<span key=${key} title=${`${words}: ${micros(of[key]?.mean)}`} style=${{ width: `${shareOf(of[key]?.mean, scale) * 100}%`, background: `var(--${phaseVar(key)})` }}></span>`)}</span>`;
}
