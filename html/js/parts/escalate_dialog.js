/** Tells others of an incident now: a person, everybody, who is on call in a calendar, or what another policy says. */
import { html } from '../html.js';
import { useForm } from '../form.js';
import { TARGETS, checkEscalate, escalateBody, escalateFields } from '../model/escalation.js';
import { escalate } from '../incident_actions.js';
import { usePeople } from '../use_names.js';
import { useLoad } from '../use_load.js';
import { readAll } from '../use_resources.js';
import { Dialog } from './dialog.js';
import { FormError } from './field.js';
import { SelectField } from './select_field.js';
import { WayPicks } from './way_picks.js';

const TYPES = TARGETS.map(([type, words]) => [type, words]);
const NOTES = {
  Organization: 'Everybody in the team is told at once, also those who know of it already.',
  Policy: 'Its first step comes at once or when it says. What is running for this incident ends.',
};

const useList = (path) => useLoad((signal) => readAll(path, signal), []).value.data;
const choose = (list) => [['', list ? 'Choose…' : '…'], ...(list ?? []).map((one) => [one.id, one.name || one.email])];

export function EscalateDialog({ incident, onClose, onDone }) {
  const form = useForm(escalateFields(), checkEscalate, async (fields) => {
    await escalate(incident.id, escalateBody(fields));
    onDone();
    onClose();
  });
  const [people, calendars, policies] = [usePeople(), useList('/on-calls'), useList('/policies')];
  const { type } = form.values.value;
  return html`<${Dialog} title="Escalate" onClose=${onClose} wide>
    <form class="dialog-form" onSubmit=${form.submit} novalidate>
      <${SelectField} form=${form} name="type" label="Tell" options=${TYPES} hint=${NOTES[type]} />
      ${type === 'User' && html`<${SelectField} form=${form} name="user" label="Person" options=${choose(people)} />`}
      ${type === 'Schedule' && html`<${SelectField} form=${form} name="schedule" label="Calendar" options=${choose(calendars)} hint="Whoever is on call in it now." />`}
      ${type === 'Policy' && html`<${SelectField} form=${form} name="policy" label="Policy" options=${choose(policies)} />`}
      ${type !== 'Policy' && html`<${WayPicks} form=${form} label="By" hint="Of these each person is told by those they have set up." />`}
      <${FormError} problem=${form.problem.value} />
      <div class="dialog-actions"><button type="button" class="button" onClick=${onClose}>Cancel</button><button
        class="button button-primary" disabled=${form.busy.value}>Escalate now</button></div>
    </form>
  <//>`;
}
