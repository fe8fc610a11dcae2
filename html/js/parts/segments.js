/** A row of choices of which one is on. */
import { html } from '../html.js';

export function Segments({ label, options, value, onPick }) {
  return html`<div class="segments" role="group" aria-label=${label}>
    ${options.map(([key, name]) => html`<button key=${key} type="button"
      aria-pressed=${key === value ? 'true' : 'false'} onClick=${() => onPick(key)}>${name}</button>`)}
  </div>`;
}
