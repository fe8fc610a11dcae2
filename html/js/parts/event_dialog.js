/** Somebody on call for a span of time: instead of everybody else, or beside them. */
import { html } from '../html.js';
import { useForm } from '../form.js';
import { PEOPLE_MAX, checkEvent, eventBody, eventFields, fieldsOfEvent } from '../model/rotation.js';
import { deleteEvent, saveEvent } from '../on_call_actions.js';
import { Dialog } from './dialog.js';
import { FormError } from './field.js';
import { MomentField } from './moment_field.js';
import { PeopleField } from './people_field.js';
import { Segments } from './segments.js';

const KINDS = [['true', 'Instead of others'], ['false', 'Beside others']];
const HINTS = { true: 'An override: during this time only these are on call.', false: 'During this time these are on call as well as whoever the rotation says.' };

/** event: one to change; or span: {from, to} as wall times of the zone. */
export function EventDialog({ calendar, event, span, zone, people, onClose, onSaved }) {
  const done = () => { onSaved(); onClose(); };
  const form = useForm(event ? fieldsOfEvent(event, people, zone) : eventFields(span, zone), checkEvent, async (fields) => {
    await saveEvent(calendar.id, event?.id, eventBody(fields));
    done();
  });
  const remove = async () => {
    try {
      await deleteEvent(calendar.id, event.id);
      done();
    } catch (problem) { form.problem.value = problem; }
  };
  const override = String(form.values.value.override);
  return html`<${Dialog} title=${event ? 'Edit cover' : 'Add cover'} onClose=${onClose} wide>
    <form class="dialog-form" onSubmit=${form.submit} novalidate>
      <${PeopleField} form=${form} name="users" label="Who is on call" people=${people} max=${PEOPLE_MAX} />
      <div class="columns">
        <${MomentField} form=${form} name="starts" label="From" />
        <${MomentField} form=${form} name="ends" label="Until" />
      </div>
      <p class="field-hint">Times in ${zone.replaceAll('_', ' ')}.</p>
      <div><${Segments} label="How" options=${KINDS} value=${override} onPick=${(value) => form.set('override', value === 'true')} />
        <p class="field-hint way-hint">${HINTS[override]}</p></div>
      <${FormError} problem=${form.problem.value} />
      <div class="dialog-actions">${event && html`<button type="button" class="button button-quiet event-delete" onClick=${remove}>Delete</button>`}<button type="button"
        class="button" onClick=${onClose}>Cancel</button><button class="button button-primary" disabled=${form.busy.value}>${event ? 'Save changes' : 'Add cover'}</button></div>
    </form>
  <//>`;
}
