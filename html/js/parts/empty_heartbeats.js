/** Before the first heartbeat: what one is, and what using it looks like. */
import { html } from '../html.js';
import { Icon } from './icon.js';

const EXAMPLE = () => `0 2 * * *  /usr/local/bin/backup && curl -fsS ${location.origin}/api/v1/heartbeat/…`;

export function EmptyHeartbeats() {
  return html`<div class="panel"><div class="empty">
    <svg class="empty-art" viewBox="0 0 320 90" fill="none" aria-hidden="true">
      <path d="M8 52h58l9-14 12 30 12-52 12 44 7-8h46l9-14 12 30 12-52 12 44 7-8h40" stroke="var(--up)" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round" />
      <path d="M262 52h50" stroke="var(--control-line)" stroke-width="2.5" stroke-linecap="round" stroke-dasharray="2 7" />
      <circle cx="256" cy="52" r="5" fill="var(--sheet)" stroke="var(--up)" stroke-width="2.5" />
    </svg>
    <h2>Hear from your cron jobs</h2>
    <p>A heartbeat is an address that a job calls when it has done its work. When the call does not come in time, or tells of a failure, an incident is opened.</p>
    <pre class="empty-code" tabindex="0" aria-label="Example of a line in a crontab"><code>${EXAMPLE()}</code></pre>
    <a class="button button-primary" href="/heartbeats/new"><${Icon} name="plus" />Add heartbeat</a>
  </div></div>`;
}
