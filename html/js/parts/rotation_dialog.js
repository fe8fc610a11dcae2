/** The rotation of a calendar: who takes turns, for how long each, and from when on. */
import { html } from '../html.js';
import { now } from '../clock.js';
import { useForm } from '../form.js';
import { INTERVALS, PEOPLE_MAX, checkRotation, rotationBody, rotationFields } from '../model/rotation.js';
import { saveRotation } from '../on_call_actions.js';
import { CheckField } from './check_field.js';
import { Dialog } from './dialog.js';
import { Field, FormError } from './field.js';
import { MomentField } from './moment_field.js';
import { PeopleField } from './people_field.js';
import { ZoneField } from './zone_field.js';

export function RotationDialog({ calendar, rotation, people, onClose, onSaved }) {
  const form = useForm(rotationFields(rotation, people, now.peek()), checkRotation, async (fields) => {
    await saveRotation(calendar.id, rotationBody(fields));
    onSaved();
    onClose();
  });
  return html`<${Dialog} title=${rotation ? 'Edit rotation' : 'Plan a rotation'} onClose=${onClose} wide>
    <form class="dialog-form" onSubmit=${form.submit} novalidate>
      <${PeopleField} form=${form} name="users" label="Who takes turns" people=${people} max=${PEOPLE_MAX} ordered hint="In this order, and then from the first again." />
      <${LengthField} form=${form} />
      <div class="columns">
        <${MomentField} form=${form} name="starts" label="From" hint="Hand-over is always at this time of day." />
        <${ZoneField} form=${form} name="timezone" />
      </div>
      <${CheckField} form=${form} name="ends_known" label="It ends" />
      ${form.values.value.ends_known && html`<div class="columns"><${MomentField} form=${form} name="ends" label="Until" /><span></span></div>`}
      <${FormError} problem=${form.problem.value} />
      <div class="dialog-actions"><button type="button" class="button" onClick=${onClose}>Cancel</button><button
        class="button button-primary" disabled=${form.busy.value}>${rotation ? 'Save changes' : 'Start rotation'}</button></div>
    </form>
  <//>`;
}

function LengthField({ form }) {
  const { length, interval } = form.values.value;
  return html`<${Field} label="Each for" error=${form.error('length')}>
    ${(tie) => html`<div class="span-row">
      <input class="input" type="text" inputmode="numeric" name="length" ...${tie} autocomplete="off" value=${length}
        onInput=${(event) => form.set('length', event.currentTarget.value)} onBlur=${() => form.touch('length', true)} />
      <select class="select" aria-label="Each for, unit" onChange=${(event) => form.set('interval', event.currentTarget.value)}>
        ${INTERVALS.map(([one, many]) => html`<option key=${one} value=${one} selected=${one === interval}>${length === '1' ? one : many}</option>`)}
      </select></div>`}
  <//>`;
}
