/** An incident made by hand: something is wrong that no monitor sees. */
import { html } from '../html.js';
import { useForm } from '../form.js';
import { createIncident } from '../incident_actions.js';
import { onlyWrong } from '../model/checks.js';
import { go } from '../router.js';
import { AreaField } from './area_field.js';
import { Dialog } from './dialog.js';
import { FormError } from './field.js';
import { TextField } from './text_field.js';

const SUMMARY_MAX = 500;

function check({ summary }) {
  const length = [...summary.trim()].length;
  return onlyWrong({ summary: !length ? 'Say in a few words what is wrong' : length > SUMMARY_MAX ? `At most ${SUMMARY_MAX} characters` : undefined });
}

export function NewIncident({ onClose }) {
  const form = useForm({ summary: '', description: '' }, check, async (fields) => go(`/incidents/${await createIncident(fields)}`));
  return html`<${Dialog} title="New incident" onClose=${onClose}>
    <form class="dialog-form" onSubmit=${form.submit} novalidate>
      <${TextField} form=${form} name="summary" label="What is wrong" autocomplete="off" autofocus />
      <${AreaField} form=${form} name="description" label="More about it" optional rows="4" />
      <p class="field-hint">It stays open until somebody resolves it.</p>
      <${FormError} problem=${form.problem.value} />
      <div class="dialog-actions"><button type="button" class="button" onClick=${onClose}>Cancel</button><button
        class="button button-primary" disabled=${form.busy.value}>Open incident</button></div>
    </form>
  <//>`;
}
