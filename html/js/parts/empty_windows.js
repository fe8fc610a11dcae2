/** Before the first maintenance window: what one is for. */
import { html } from '../html.js';
import { Icon } from './icon.js';

const HOURS = [0, 1, 2, 3, 4, 5, 6, 7];

export function EmptyWindows() {
  return html`<div class="panel"><div class="empty">
    <svg class="empty-art" viewBox="0 0 320 90" fill="none" aria-hidden="true">
      ${HOURS.map((i) => html`<path key=${i} d=${`M${20 + i * 40} 20v50`} stroke="var(--hairline-strong)" stroke-dasharray="2 4" />`)}
      <path d="M20 45h280" stroke="var(--up)" stroke-width="6" stroke-linecap="round" />
      <rect x="120" y="30" width="80" height="30" rx="8" fill="var(--maintenance-wash)" stroke="var(--maintenance)" stroke-width="2" />
      <path d="M146 45h28" stroke="var(--maintenance)" stroke-width="2.5" stroke-linecap="round" stroke-dasharray="1 6" />
    </svg>
    <h2>Plan work without alarms</h2>
    <p>While a maintenance window is open its monitors are checked as ever, and nobody is called. The time does not count against their availability.</p>
    <a class="button button-primary" href="/maintenance/new"><${Icon} name="plus" />Add window</a>
  </div></div>`;
}
