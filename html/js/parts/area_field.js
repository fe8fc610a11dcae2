/** Several lines of text over a form. */
import { html } from '../html.js';
import { Field } from './field.js';

export function AreaField({ form, name, label, hint, optional, rows = 4, ...rest }) {
  return html`<${Field} label=${label} hint=${hint} optional=${optional} error=${form.error(name)}>
    ${(tie) => html`<textarea class="textarea" name=${name} ...${tie} ...${rest} rows=${rows} spellcheck=${false}
      onInput=${(event) => form.set(name, event.currentTarget.value)} onBlur=${() => form.touch(name)} value=${form.values.value[name]}></textarea>`}
  <//>`;
}
