/** Before the first report: what one is for. */
import { html } from '../html.js';
import { Icon } from './icon.js';

export function EmptyReports() {
  return html`<div class="panel"><div class="empty">
    <svg class="empty-art" viewBox="0 0 320 110" fill="none" aria-hidden="true">
      <rect x="118" y="8" width="84" height="98" rx="8" fill="var(--sheet-raised)" stroke="var(--hairline-strong)" stroke-width="2" />
      <path d="M132 26h34M132 36h22" stroke="var(--hairline-strong)" stroke-width="3" stroke-linecap="round" />
      <path d="M132 70l14-9 13 5 14-14 15 6" stroke="var(--series-1)" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round" />
      <path d="M132 86h9M145 86h9M158 86h9M184 86h5" stroke="var(--up)" stroke-width="6" /><path d="M171 86h9" stroke="var(--down)" stroke-width="6" />
      <path d="M86 57H40M280 57h-46" stroke="var(--hairline-strong)" stroke-width="2" stroke-dasharray="3 5" />
    </svg>
    <h2>The week or the month, in one page</h2>
    <p>Availability, incidents and response times, made by itself, kept as it was, sent by mail, and ready to print.</p>
    <a class="button button-primary" href="/reports/new"><${Icon} name="plus" />Add report</a>
  </div></div>`;
}
