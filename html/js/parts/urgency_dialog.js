/** One urgency: its name, and the ways it stands for. */
import { html } from '../html.js';
import { useForm } from '../form.js';
import { checkUrgency, urgencyBody, urgencyFields } from '../model/ways.js';
import { saveUrgency } from '../policy_actions.js';
import { Dialog } from './dialog.js';
import { FormError } from './field.js';
import { TextField } from './text_field.js';
import { WayPicks } from './way_picks.js';

export function UrgencyDialog({ urgency, onClose, onSaved }) {
  const form = useForm(urgencyFields(urgency), checkUrgency, async (fields) => {
    onSaved?.(await saveUrgency(urgency?.id, urgencyBody(fields)));
    onClose();
  });
  const submit = (event) => { event.stopPropagation(); return form.submit(event); };
  return html`<${Dialog} title=${urgency ? `Edit ${urgency.name}` : 'New urgency'} onClose=${onClose}>
    <form class="dialog-form" onSubmit=${submit} novalidate>
      <${TextField} form=${form} name="name" label="Name" autocomplete="off" placeholder="High" autofocus />
      <${WayPicks} form=${form} label="Ways" hint="Of these each person is told by those they have set up." />
      <${FormError} problem=${form.problem.value} />
      <div class="dialog-actions"><button type="button" class="button" onClick=${onClose}>Cancel</button><button
        class="button button-primary" disabled=${form.busy.value}>${urgency ? 'Save changes' : 'Add urgency'}</button></div>
    </form>
  <//>`;
}
