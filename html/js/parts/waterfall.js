/** One request's phases as a bar: tiny in a table row, or with a line per phase. */
import { html } from '../html.js';
import { micros } from '../format.js';
import { WAITING, phaseWords, phasesOf } from '../model/phases.js';

const stepsOf = (kind) => [...phaseWords(kind), WAITING];
const BAR_MIN_PERCENT = 0.6;

export const phaseVar = (name) => `phase-${name.replace('_', '-')}`;

export function PhaseSwatch({ name }) {
  return html`<svg class="swatch" width="10" height="10" viewBox="0 0 10 10" aria-hidden="true"><rect width="10"
    height="10" rx="2.5" fill=${`var(--${phaseVar(name)})`} /></svg>`;
}

/** scale: the total in microseconds that fills the width, so that rows compare. */
export function Waterfall({ row, scale, kind }) {
  const phases = phasesOf(row);
  if (!phases || !phases.total) return html`<span class="waterfall"></span>`;
  const steps = stepsOf(kind);
  const words = steps.filter(([name]) => phases[name] > 0).map(([name, label]) => `${label} ${micros(phases[name])}`).join(', ');
  return html`<span class="waterfall" role="img" aria-label=${words} title=${words}>
    ${steps.map(([name]) => phases[name] > 0 && html`<span key=${name}
      style=${{ width: `${(100 * phases[name]) / scale}%`, background: `var(--${phaseVar(name)})` }}></span>`)}
  </span>`;
}

export function PhaseSteps({ row, kind }) {
  const phases = phasesOf(row);
  if (!phases || !phases.total) return null;
  const share = (us) => (100 * us) / phases.total;
  let start = 0;
  const bars = stepsOf(kind).filter(([name]) => phases[name] > 0).map(([name, label]) => {
    const bar = { name, label, left: share(start), width: Math.max(BAR_MIN_PERCENT, share(phases[name])) };
    start += phases[name];
    return bar;
  });
  return html`<ol class="steps">${bars.map(({ name, label, left, width }) => html`<li key=${name}>
    <span class="soft">${label}</span>
    <span class="step-track"><span style=${{ marginLeft: `${left}%`, width: `${width}%`, background: `var(--${phaseVar(name)})` }}></span></span>
    <b>${micros(phases[name])}</b>
  </li>`)}</ol>`;
}
