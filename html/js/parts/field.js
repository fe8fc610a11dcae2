/** Label, control, hint and error of one field, tied together for screen readers. */
import { useId } from 'preact/hooks';
import { html } from '../html.js';
import { Icon } from './icon.js';

/** children is called with the attributes the control needs. */
export function Field({ label, hint, error, optional, children }) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  const tie = { id, 'aria-describedby': described || undefined, 'aria-invalid': error ? 'true' : undefined };
  return html`<div class="field">
    <label class="field-label" for=${id}>${label}${optional && html` <span class="optional">optional</span>`}</label>
    ${children(tie)}
    ${hint && html`<p class="field-hint" id=${`${id}-hint`}>${hint}</p>`}
    <${FieldError} id=${`${id}-error`} error=${error} />
  </div>`;
}

export function FieldError({ id, error }) {
  return error ? html`<p class="field-error" id=${id} role="alert"><${Icon} name="alert" size="15" />
    <span>${error}</span></p>` : null;
}

/** What went wrong with the whole form, beside its button; field errors are shown at their fields. */
export function FormError({ problem }) {
  if (!problem) return null;
  return html`<p class="field-error" role="alert"><${Icon} name="alert" size="15" />
    <span>${problem.message}</span></p>`;
}
