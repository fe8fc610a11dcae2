/** In place of content that could not be loaded at all. */
import { html } from '../html.js';
import { Icon } from './icon.js';

/** back: [path, words] of where to go instead. */
export function LoadProblem({ problem, what, back }) {
  return html`<div class="empty" role="status">
    <${Icon} name="alert" size="28" />
    <h2>${problem.passing ? `${what} cannot be loaded right now` : problem.message}</h2>
    ${problem.passing && html`<p>${problem.message} Trying again by itself.</p>`}
    ${!problem.passing && back && html`<a class="button" href=${back[0]}>${back[1]}</a>`}
  </div>`;
}
