/** Asks before something that cannot be undone; the work runs inside, so that its failure shows here. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { Dialog } from './dialog.js';
import { FormError } from './field.js';

export function Confirm({ title, action, work, onClose, children }) {
  const busy = useSignal(false);
  const problem = useSignal(null);
  const run = async () => {
    busy.value = true;
    problem.value = null;
    try {
      await work();
      onClose();
    } catch (error) {
      problem.value = error;
      busy.value = false;
    }
  };
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <div class="soft">${children}</div>
    <${FormError} problem=${problem.value} />
    <div class="dialog-actions">
      <button type="button" class="button" autofocus onClick=${onClose}>Cancel</button>
      <button type="button" class="button button-danger" disabled=${busy.value} onClick=${run}>${action}</button>
    </div>
  <//>`;
}
