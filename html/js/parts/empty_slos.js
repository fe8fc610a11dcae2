/** Before the first SLO: what one is for. */
import { html } from '../html.js';
import { Icon } from './icon.js';

export function EmptySlos() {
  return html`<div class="panel"><div class="empty">
    <svg class="empty-art" viewBox="0 0 320 90" fill="none" aria-hidden="true">
      <path d="M10 78h300" stroke="var(--hairline-strong)" stroke-dasharray="2 4" />
      <path d="M10 14h84v9h62v6h48v26h52v5h54v18H10Z" fill="var(--up-wash)" />
      <path d="M10 14h84v9h62v6h48v26h52v5h54" stroke="var(--up)" stroke-width="2.5" stroke-linejoin="round" />
      <circle cx="204" cy="42" r="5" fill="var(--sheet)" stroke="var(--degraded)" stroke-width="2.5" />
    </svg>
    <h2>How much down time is too much?</h2>
    <p>A service level says how much of the time your monitors are to be up. What that leaves is their error budget: it is shown day by day, and you are told when it is used up too fast.</p>
    <a class="button button-primary" href="/slos/new"><${Icon} name="plus" />Add SLO</a>
  </div></div>`;
}
