/** A whole number with its unit behind it. */
import { html } from '../html.js';
import { Field } from './field.js';

export function NumberField({ form, name, label, hint, optional, unit, ...rest }) {
  return html`<${Field} label=${label} hint=${hint} optional=${optional} error=${form.error(name)}>
    ${(tie) => html`<span class="unit"><input class="input" type="text" inputmode="numeric" name=${name} ...${tie} ...${rest}
      autocomplete="off" value=${form.values.value[name]} onInput=${(event) => form.set(name, event.currentTarget.value)}
      onBlur=${() => form.touch(name)} />${unit && html`<span>${unit}</span>`}</span>`}
  <//>`;
}
