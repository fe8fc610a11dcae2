/** A grey line where words will be. */
import { html } from '../html.js';

export function Skeleton({ width = '8rem', height }) {
  return html`<span class="skeleton" style=${{ width, height }}></span>`;
}
