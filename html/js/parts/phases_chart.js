/** The phases of each request from one region, stacked. */
import { useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import uPlot from 'uplot';
import { html } from '../html.js';
import { colour } from '../theme.js';
import { micros } from '../format.js';
import { hasAnswer } from '../model/answer.js';
import { phaseData } from '../model/chart_data.js';
import { phasesOf } from '../model/phases.js';
import { Plot } from './plot.js';
import { PlotTip, tipHook } from './plot_tip.js';
import { axes, cursor, scales } from './plot_style.js';
import { PhaseSwatch, phaseVar } from './waterfall.js';

/** A bar per result: results are moments, not a continuous line. */
const bars = uPlot.paths.bars({ size: [0.82, 14], align: 1 });

export function PhasesChart({ columns, phases, intervalMs, from, to, height }) {
  const tip = useSignal(null);
  const names = phases.map(([name]) => name);
  const data = useMemo(() => phaseData(columns, from, names), [columns, columns.slot.length, from, names.join()]);
  const options = () => ({
    ms: 1, axes: axes(), scales: scales(), cursor: cursor(), legend: { show: false }, padding: [8, 12, 0, 0],
    series: [{}, ...[...phases].reverse().map(([name, label]) => (
      { label, paths: bars, width: 0, fill: colour(phaseVar(name)), points: { show: false } }))],
    hooks: { setCursor: [tipHook(tip)] },
  });
  return html`<div class="chart">
    <${Plot} options=${options} shape=${`${columns.region} ${names}`} data=${data} from=${from} to=${to} height=${height}
      label=${`Phases of each request from ${columns.region}`} />
    <${PlotTip} tip=${tip} regions=${[columns]} intervalMs=${intervalMs}
      detail=${(row) => html`<${TipPhases} row=${row} words=${phases} />`} />
  </div>`;
}

function TipPhases({ row, words }) {
  const phases = hasAnswer(row.status, row.reason) ? phasesOf(row) : null;
  if (!phases) return null;
  return words.filter(([name]) => phases[name] > 0).map(([name, label]) => html`<p class="tip-row" key=${name}>
    <${PhaseSwatch} name=${name} /><span>${label}</span><b>${micros(phases[name])}</b></p>`);
}
