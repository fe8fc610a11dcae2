/** The frame of a form that has a page of its own: the way back, its title, and the foot with the buttons. */
import { html } from '../html.js';
import { FormError } from './field.js';
import { Icon } from './icon.js';

export function FormPage({ title, back, backWords, children }) {
  return html`<div class="page page-narrow">
    <a class="crumb" href=${back}><${Icon} name="back" size="16" /><span class="crumb-words">${backWords}</span></a>
    <h1 class="form-title">${title}</h1>
    ${children}
  </div>`;
}

export function FormFoot({ form, action, cancel }) {
  return html`<footer class="form-foot">
    <${FormError} problem=${form.problem.value} />
    <a class="button button-quiet" href=${cancel}>Cancel</a>
    <button class="button button-primary" disabled=${form.busy.value}>${form.busy.value ? 'Saving…' : action}</button>
  </footer>`;
}
