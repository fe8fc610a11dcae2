/** The polite live region and the toasts, once per page. */
import { html } from '../html.js';
import { spoken, toasts } from '../announce.js';
import { Icon } from './icon.js';

export function Announcer() {
  return html`
    <div class="hidden-text" role="status" aria-live="polite">${spoken.value}</div>
    <div class="toasts" aria-hidden="true">
      ${toasts.value.map((one) => html`<div class="toast" key=${one.id}><${Icon}
        name=${one.icon} />${one.words}</div>`)}
    </div>`;
}
