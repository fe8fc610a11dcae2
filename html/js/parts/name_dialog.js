/** A dialog that asks for one name, and sends it. */
import { html } from '../html.js';
import { useForm } from '../form.js';
import { onlyWrong } from '../model/checks.js';
import { Dialog } from './dialog.js';
import { FormError } from './field.js';
import { TextField } from './text_field.js';

export function NameDialog({ title, label, hint, action, send, onClose, children }) {
  const form = useForm({ name: '' }, ({ name }) => onlyWrong({ name: name.trim() ? undefined : 'Give it a name' }), send);
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <form class="dialog-form" onSubmit=${form.submit} novalidate>
      ${children}
      <${TextField} form=${form} name="name" label=${label} hint=${hint} autocomplete="off" autofocus />
      <${FormError} problem=${form.problem.value} />
      <div class="dialog-actions"><button type="button" class="button" onClick=${onClose}>Cancel</button><button
        class="button button-primary" disabled=${form.busy.value}>${action}</button></div>
    </form>
  <//>`;
}
