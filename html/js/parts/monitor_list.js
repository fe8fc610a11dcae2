/** The rows, a screenful at a time: a thousand monitors stay quick to draw. Another search begins at the top again. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { MonitorRow } from './monitor_row.js';

const STEP = 50;

export function MonitorList({ rows, Bars }) {
  const shown = useSignal(STEP);
  const rest = rows.length - shown.value;
  return html`
    <ul class="rows panel" aria-label="Monitors">
      ${rows.slice(0, shown.value).map((row) => html`<${MonitorRow} key=${row.id} id=${row.id} Bars=${Bars} />`)}
    </ul>
    ${rest > 0 && html`<p class="more"><button type="button" class="button" onClick=${() => { shown.value += STEP; }}>
      Show ${Math.min(rest, STEP)} more</button><span class="faint small">${shown.value.toLocaleString()} of ${rows.length.toLocaleString()} shown</span></p>`}`;
}

const LINES = [52, 36, 61, 44, 57, 40];

export function MonitorListSkeleton() {
  return html`<ul class="rows panel" aria-hidden="true">
    ${LINES.map((width, i) => html`<li class="row" key=${i}>
      <span class="skeleton row-mark-skeleton"></span>
      <div class="row-name"><span class="skeleton" style=${{ width: `${width}%` }}></span><span class="skeleton"
        style=${{ width: `${width + 22}%`, height: '.75em', marginTop: '.4rem' }}></span></div>
      <div class="row-state"><span class="skeleton" style=${{ width: '7rem' }}></span></div>
      <div class="row-bars"></div><div class="row-dots"></div><div class="row-time"><span class="skeleton"
        style=${{ width: '3.5rem' }}></span></div><div class="row-menu"></div>
    </li>`)}
  </ul>`;
}
