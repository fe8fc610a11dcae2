/** Several lines of text over a form: code, or prose. */
import { html } from '../html.js';
import { Field } from './field.js';

export function AreaField({ form, name, label, hint, optional, rows = 4, prose, ...rest }) {
  return html`<${Field} label=${label} hint=${hint} optional=${optional} error=${form.error(name)}>
    ${(tie) => html`<textarea class=${`textarea${prose ? ' textarea-prose' : ''}`} name=${name} ...${tie} ...${rest} rows=${rows} spellcheck=${Boolean(prose)}
      onInput=${(event) => form.set(name, event.currentTarget.value)} onBlur=${() => form.touch(name)} value=${form.values.value[name]}></textarea>`}
  <//>`;
}
