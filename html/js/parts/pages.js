/** From page to page of a list, newest first. */
import { html } from '../html.js';

export function Pages({ page, pages, onPage }) {
  const turn = (to) => { onPage(to); scrollTo(0, 0); };
  return html`<nav class="more" aria-label="Pages">
    <button type="button" class="button" disabled=${page <= 1} onClick=${() => turn(page - 1)}>Newer</button>
    <span class="faint small">Page ${page.toLocaleString()} of ${pages.toLocaleString()}</span>
    <button type="button" class="button" disabled=${page >= pages} onClick=${() => turn(page + 1)}>Older</button>
  </nav>`;
}
