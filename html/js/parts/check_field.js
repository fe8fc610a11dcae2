/** A yes or no, with a line that says what no means. */
import { html } from '../html.js';
import { FieldError } from './field.js';

export function CheckField({ form, name, label, hint }) {
  return html`<div class="field">
    <label class="check">
      <input type="checkbox" name=${name} checked=${form.values.value[name]}
        onChange=${(event) => form.set(name, event.currentTarget.checked)} />
      <span class="check-text"><span>${label}</span>${hint && html`<span class="field-hint">${hint}</span>`}</span>
    </label>
    <${FieldError} error=${form.error(name)} />
  </div>`;
}
