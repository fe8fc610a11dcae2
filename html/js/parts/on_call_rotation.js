/** The rotation of a calendar, in words; and the cover planned beside or instead of it. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { now } from '../clock.js';
import { ms } from '../format.js';
import { eventWords, handoverWords, rotationWords } from '../model/rotation.js';
import { colourOf, peopleWords } from '../model/shifts.js';
import { deleteRotation } from '../on_call_actions.js';
import { Confirm } from './confirm.js';
import { Icon } from './icon.js';
import { RotationDialog } from './rotation_dialog.js';

export function OnCallRotation({ calendar, rotation, people, onChange }) {
  const asking = useSignal(null);
  const close = () => { asking.value = null; };
  const remove = async () => { await deleteRotation(calendar.id); onChange(); };
  return html`<section class="panel" aria-label="Rotation">
    <div class="panel-head"><h2>Rotation</h2>${rotation && html`<button type="button" class="button button-small" onClick=${() => { asking.value = 'edit'; }}>Edit</button>
      <button type="button" class="button button-small button-quiet" onClick=${() => { asking.value = 'delete'; }}>Remove…</button>`}</div>
    <div class="panel-body">${rotation ? html`<p class="rotation-words">${rotationWords(rotation, people)}</p><p class="faint small">${handoverWords(rotation, now.peek())}</p>`
    : html`<p class="soft">People take turns, a week or a day each, and hand over by themselves.</p>
      <p class="side-action"><button type="button" class="button" onClick=${() => { asking.value = 'edit'; }}>Plan a rotation</button></p>`}</div>
    ${asking.value === 'edit' && html`<${RotationDialog} calendar=${calendar} rotation=${rotation} people=${people} onClose=${close} onSaved=${onChange} />`}
    ${asking.value === 'delete' && html`<${Confirm} title="Remove the rotation?" action="Remove rotation" work=${remove} onClose=${close}>
      <p>Nobody is on call then but for cover that is planned. Without anybody on call, the entire team is notified.</p><//>`}
  </section>`;
}

const SHOWN_MAX = 30;

export function OnCallCover({ events, people, zone, onPick, onAdd }) {
  const at = now.peek();
  const coming = events.filter(({ ends_at: end }) => ms(end) > at);
  return html`<section class="panel" aria-label="Cover">
    <div class="panel-head"><h2>Cover</h2><button type="button" class="button button-small" onClick=${onAdd}>Add</button></div>
    ${coming.length === 0 ? html`<p class="panel-body soft">Holidays, swaps, a second pair of eyes: nothing is planned.</p>`
    : html`<ul class="cover-list">${coming.slice(0, SHOWN_MAX).map((one) => html`<li key=${one.id}><button type="button" class="cover" onClick=${() => onPick(one)}>
        <span class=${`cover-mark who-${colourOf(people, one.user_ids?.[0])}`} aria-hidden="true"></span>
        <span class="cover-words"><b>${peopleWords(people, one.user_ids ?? one.users)}</b><span class="faint small">${eventWords(one, zone, at)}</span></span>
        <span class="faint small">${one.override ? 'instead' : 'beside'}</span><${Icon} name="right" size="14" /></button></li>`)}</ul>`}
    ${coming.length > SHOWN_MAX && html`<p class="panel-body faint small">And ${coming.length - SHOWN_MAX} more, later.</p>`}
  </section>`;
}
