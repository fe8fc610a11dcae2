/** A one-line text field over a form (form.js). */
import { html } from '../html.js';
import { Field } from './field.js';

export function TextField({ form, name, label, hint, optional, mono, ...rest }) {
  return html`<${Field} label=${label} hint=${hint} optional=${optional} error=${form.error(name)}>
    ${(tie) => html`<input class=${`input${mono ? ' input-mono' : ''}`} name=${name} ...${tie} ...${rest}
      value=${form.values.value[name] ?? ''} onInput=${(event) => form.set(name, event.currentTarget.value)} onBlur=${() => form.touch(name)} />`}
  <//>`;
}
