/**
 * What is written and never read: a secret that is set says so, and can be replaced or, where it is
 * not needed, taken away; until the form is sent either can be undone.
 */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { GONE, KEPT } from '../model/channel_check.js';
import { Field } from './field.js';
import { Icon } from './icon.js';

/**
 * empty: the value of a field without a secret. moved: why the one that is set cannot be kept.
 * children(): the field in which a new one is entered.
 */
export function SecretField({ form, name, label, hint, optional, empty = '', moved, children }) {
  const value = form.values.value[name];
  const had = useSignal(value === KEPT);
  const put = (next) => form.set(name, next);
  if (value === KEPT || value === GONE) return html`<${Field} label=${label} optional=${optional} hint=${value === KEPT ? undefined : 'It is taken away when you save.'} error=${form.error(name) ?? moved}>
    ${(tie) => html`<div class="secret-set" id=${tie.id} role="group" aria-label=${label} aria-describedby=${tie['aria-describedby']}>
      <${Icon} name=${value === KEPT ? 'key' : 'trash'} size="16" /><span class="secret-word">${value === KEPT ? 'Set' : 'Removed'}</span>
      ${value === KEPT ? html`<button type="button" class="button button-quiet button-small" aria-label=${`Replace ${label}`} data-wrong=${tie['aria-invalid']} aria-describedby=${tie['aria-describedby']} onClick=${() => put(empty)}>Replace</button>
        ${optional && html`<button type="button" class="button button-quiet button-small" aria-label=${`Remove ${label}`} onClick=${() => put(GONE)}>Remove</button>`}`
    : html`<button type="button" class="button button-quiet button-small" aria-label=${`Keep ${label}`} onClick=${() => put(KEPT)}>Keep it</button>`}
    </div>`}
  <//>`;
  return html`<div class="secret-new">${children ? children() : html`<${SecretInput} form=${form} name=${name} label=${label} hint=${hint} optional=${optional} />`}
    ${had.value && !moved && html`<button type="button" class="button button-quiet button-small" onClick=${() => put(KEPT)}>Keep the old one</button>`}</div>`;
}

function SecretInput({ form, name, label, hint, optional }) {
  const shown = useSignal(false);
  return html`<${Field} label=${label} hint=${hint} optional=${optional} error=${form.error(name)}>
    ${(tie) => html`<div class="input-wrap">
      <input class="input input-mono" name=${name} ...${tie} type=${shown.value ? 'text' : 'password'} autocomplete="new-password" spellcheck=${false} autocapitalize="none"
        value=${form.values.value[name] ?? ''} onInput=${(event) => form.set(name, event.currentTarget.value)} onBlur=${() => form.touch(name)} />
      <button type="button" class="reveal" aria-pressed=${shown.value} aria-label=${`${shown.value ? 'Hide' : 'Show'} ${label}`}
        onClick=${() => { shown.value = !shown.value; }}>${shown.value ? 'Hide' : 'Show'}</button>
    </div>`}
  <//>`;
}
