/** A password with a way to see it. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { Field } from './field.js';

export function PasswordField({ form, name, label, hint, optional, autocomplete }) {
  const shown = useSignal(false);
  return html`<${Field} label=${label} hint=${hint} optional=${optional} error=${form.error(name)}>
    ${(tie) => html`<div class="input-wrap">
      <input class="input" name=${name} ...${tie} type=${shown.value ? 'text' : 'password'} autocomplete=${autocomplete}
        spellcheck=${false}
        value=${form.values.value[name] ?? ''} onInput=${(event) => form.set(name, event.currentTarget.value)} onBlur=${() => form.touch(name)} />
      <button type="button" class="reveal" aria-pressed=${shown.value}
        aria-label=${shown.value ? 'Hide password' : 'Show password'}
        onClick=${() => { shown.value = !shown.value; }}>${shown.value ? 'Hide' : 'Show'}</button>
    </div>`}
  <//>`;
}
