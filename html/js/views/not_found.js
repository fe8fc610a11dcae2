/** Any path that is not a page. */
import { html } from '../html.js';
import { useTitle } from '../title.js';

export function NotFound() {
  useTitle('Not found');
  return html`<div class="page"><div class="empty">
    <h2>There is no such page</h2>
    <p>The address may be mistyped, or what was here is gone.</p>
    <a class="button button-primary" href="/monitors">To the monitors</a>
  </div></div>`;
}
