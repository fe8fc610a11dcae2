/** A list of tokens by name and prefix; the secrets themselves are nowhere to be had. */
import { html } from '../html.js';
import { Icon } from './icon.js';
import { Ago, At } from './since.js';
import { Skeleton } from './skeleton.js';

export function TokenList({ load, empty, onDelete }) {
  const { data, problem } = load;
  if (!data) return problem ? html`<p class="faint small" role="status">${problem.message}</p>` : html`<${Skeleton}
    width="60%" />`;
  if (!data.length) return html`<p class="faint small">${empty}</p>`;
  return html`<ul class="tokens">${data.map((one) => html`<li key=${one.id}>
    <div class="token-name"><b>${one.name}</b><span class="mono faint">${one.prefix}…</span></div>
    <div class="token-times faint small"><span>made <${At} time=${one.created_at} /></span>
      <span>${one.last_used_at ? html`used <${Ago} time=${one.last_used_at} />` : 'never used'}</span></div>
    <button type="button" class="button button-quiet button-icon button-small" aria-label=${`Delete ${one.name}`}
      onClick=${() => onDelete(one)}><${Icon} name="trash" size="16" /></button>
  </li>`)}</ul>`;
}
