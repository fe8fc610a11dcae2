/** Before the first policy: what one is for, and what happens without. */
import { html } from '../html.js';
import { Icon } from './icon.js';

export function EmptyPolicies() {
  return html`<div class="panel"><div class="empty">
    <svg class="empty-art" viewBox="0 0 320 110" fill="none" aria-hidden="true">
      <path d="M40 86h70V56h70V26h100" stroke="var(--hairline-strong)" stroke-width="2" stroke-dasharray="3 5" />
      <circle cx="40" cy="86" r="13" fill="var(--down-wash)" stroke="var(--down)" stroke-width="2" /><path d="M40 80v7M40 91h.01" stroke="var(--down)" stroke-width="2.5" stroke-linecap="round" />
      <circle cx="145" cy="56" r="13" fill="var(--sheet-raised)" stroke="var(--series-1)" stroke-width="2" /><circle cx="145" cy="53" r="3.5" fill="var(--series-1)" /><path d="M138 62c1-5 13-5 14 0" stroke="var(--series-1)" stroke-width="2.5" stroke-linecap="round" />
      <circle cx="222" cy="26" r="11" fill="var(--sheet-raised)" stroke="var(--series-3)" stroke-width="2" /><circle cx="222" cy="24" r="3" fill="var(--series-3)" /><path d="M216 31c1-4 11-4 12 0" stroke="var(--series-3)" stroke-width="2" stroke-linecap="round" />
      <circle cx="250" cy="26" r="11" fill="var(--sheet-raised)" stroke="var(--series-5)" stroke-width="2" /><circle cx="250" cy="24" r="3" fill="var(--series-5)" /><path d="M244 31c1-4 11-4 12 0" stroke="var(--series-5)" stroke-width="2" stroke-linecap="round" />
      <circle cx="278" cy="26" r="11" fill="var(--sheet-raised)" stroke="var(--series-2)" stroke-width="2" /><circle cx="278" cy="24" r="3" fill="var(--series-2)" /><path d="M272 31c1-4 11-4 12 0" stroke="var(--series-2)" stroke-width="2" stroke-linecap="round" />
    </svg>
    <h2>Say who is told, and who is next</h2>
    <p>A policy notifies step by step until somebody acknowledges. Without one, whoever is on call is notified, by e-mail and push message.</p>
    <a class="button button-primary" href="/policies/new"><${Icon} name="plus" />Add policy</a>
  </div></div>`;
}
