/** Before the first monitor: what to do next. */
import { html } from '../html.js';
import { Icon } from './icon.js';

export function EmptyMonitors() {
  return html`<div class="panel"><div class="empty">
    <svg class="empty-art" viewBox="0 0 320 110" fill="none" aria-hidden="true">
      ${[0, 1, 2].map((i) => html`<g key=${i} transform=${`translate(${20 + i * 12} ${8 + i * 30})`}
        opacity=${1 - i * 0.32}>
        <rect width="256" height="26" rx="8" fill="var(--sheet-sunk)" stroke="var(--hairline-strong)" />
        <circle cx="16" cy="13" r="5" fill="none" stroke="var(--control-line)" stroke-width="2"
          stroke-dasharray="3 2.2" />
        <rect x="32" y="10" width=${88 - i * 18} height="6" rx="3" fill="var(--hairline-strong)" />
        <rect x="196" y="10" width="44" height="6" rx="3" fill="var(--hairline-strong)" />
      </g>`)}
    </svg>
    <h2>Add the first site to watch</h2>
    <p>Give an address. Every region starts probing it at once, and this page shows the first result within seconds.</p>
    <a class="button button-primary" href="/monitors/new"><${Icon} name="plus" />Add monitor</a>
  </div></div>`;
}
