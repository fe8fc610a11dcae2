/** A part of a form that is folded away until it is wanted, in use, or wrong. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { PARTS, isTouched } from '../model/monitor_fields.js';
import { Icon } from './icon.js';

export function Fold({ form, part, title, hint, children }) {
  const wrong = PARTS[part].some((name) => form.error(name));
  return html`<${FoldBox} used=${isTouched(form.values.peek(), part)} wrong=${wrong} title=${title} hint=${hint}>${children}<//>`;
}

/** used: open from the beginning. */
export function FoldBox({ used, wrong, title, hint, children }) {
  const open = useSignal(used);
  return html`<details class="advanced" open=${open.value || wrong}
    onToggle=${(event) => { open.value = event.currentTarget.open; }}>
    <summary><${Icon} name="right" /><span>${title}</span><span class="faint small">${hint}</span></summary>
    <div class="advanced-in">${children}</div>
  </details>`;
}
