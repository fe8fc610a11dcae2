/** A failure is tried again at once before it is told: both attempts, side by side. */
import { html } from '../html.js';
import { micros } from '../format.js';
import { PhaseSteps } from './waterfall.js';

const text = (value) => (typeof value === 'string' ? value : '');

export function Attempts({ row, first, detail, kind }) {
  return html`<div class="attempts">
    <${Attempt} title="First attempt" words=${text(first.detail)} row=${first.phases ?? {}} address=${first.address} kind=${kind} />
    <${Attempt} title="Second attempt" words=${text(detail)} row=${row} address=${row.address} kind=${kind} />
  </div>`;
}

function Attempt({ title, words, row, address, kind }) {
  return html`<section class="attempt" aria-label=${title}>
    <h3>${title}${row.total >= 0 && html`<span class="faint small"> ${micros(row.total)}</span>`}</h3>
    ${words && html`<p class="soft small wrap-anywhere">${words}</p>`}
    ${address && html`<p class="mono faint small wrap-anywhere">${String(address)}</p>`}
    <${PhaseSteps} row=${row} kind=${kind} />
  </section>`;
}
