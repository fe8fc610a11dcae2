/** A secret or command to take along: whole text selectable, one button to copy it. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { announce } from '../announce.js';
import { Icon } from './icon.js';

const COPIED_MS = 2000;

export function Copy({ text, label }) {
  const copied = useSignal(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      copied.value = true;
      announce(`${label} copied`);
      setTimeout(() => { copied.value = false; }, COPIED_MS);
    } catch { announce('Copying is not allowed here; select the text instead'); }
  };
  return html`<div class="secret">
    <pre tabindex="0" aria-label=${label}>${text}</pre>
    <button type="button" class="button button-quiet" onClick=${copy} aria-label=${`Copy ${label}`}>
      <${Icon} name=${copied.value ? 'check' : 'copy'} />${copied.value ? 'Copied' : 'Copy'}</button>
  </div>`;
}
