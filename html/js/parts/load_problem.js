/** In place of content that could not be loaded at all. */
import { html } from '../html.js';
import { Icon } from './icon.js';

export function LoadProblem({ problem, what }) {
  return html`<div class="empty" role="status">
    <${Icon} name="alert" size="28" />
    <h2>${problem.passing ? `${what} cannot be loaded right now` : problem.message}</h2>
    ${problem.passing && html`<p>${problem.message} Trying again by itself.</p>`}
  </div>`;
}
