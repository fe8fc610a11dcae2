/** A choice from a list; options are [value, words]. */
import { html } from '../html.js';
import { Field } from './field.js';

export function SelectField({ form, name, label, hint, options }) {
  return html`<${Field} label=${label} hint=${hint} error=${form.error(name)}>
    ${(tie) => html`<select class="select" name=${name} ...${tie} value=${form.values.value[name]}
      onChange=${(event) => form.set(name, event.currentTarget.value)}>
      ${options.map(([value, words]) => html`<option key=${value} value=${value}
        selected=${form.values.value[name] === value}>${words}</option>`)}
    </select>`}
  <//>`;
}
