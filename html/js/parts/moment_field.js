/** A day and a time of day, on the clock of a form's time zone. */
import { html } from '../html.js';
import { Field } from './field.js';

export function MomentField({ form, name, label, hint }) {
  return html`<${Field} label=${label} hint=${hint} error=${form.error(name)}>
    ${(tie) => html`<input class="input" type="datetime-local" name=${name} ...${tie} value=${form.values.value[name]}
      onInput=${(event) => form.set(name, event.currentTarget.value)} onBlur=${() => form.touch(name)} />`}
  <//>`;
}
