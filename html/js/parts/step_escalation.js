/** A step that notifies: whom, as chips with a list to choose from, and by which ways. */
import { useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { memberChoices, memberKey, memberWords } from '../model/members.js';
import { waysWords } from '../model/ways.js';
import { Icon } from './icon.js';
import { InlineSelect, InlineText } from './inline.js';
import { UrgencyDialog } from './urgency_dialog.js';

export function StepEscalation({ step, names, self, put, tie, onTouch }) {
  const box = useRef(null);
  const { members } = step;
  const choices = memberChoices(names, members, self);
  const add = (key, select) => {
    const [, , member] = choices.flatMap(([, some]) => some).find(([one]) => one === key) ?? [];
    select.value = '';
    if (!member) return;
    put({ members: [...members, member] });
    if (member.type === 'incident_metadata') requestAnimationFrame(() => box.current?.querySelector('.inline-key:last-of-type')?.focus());
  };
  const drop = (at) => {
    put({ members: members.filter((one, i) => i !== at) });
    onTouch('members');
    box.current?.querySelector('.inline-add')?.focus();
  };
  const change = (at, more) => put({ members: members.map((one, i) => (i === at ? { ...one, ...more } : one)) });
  return html`<span class="step-members" ref=${box}>notify ${members.map((member, at) => html`<span class="chip" key=${`${memberKey(member)}${member.type === 'incident_metadata' ? at : ''}`}>
      ${member.type === 'incident_metadata' ? html`whoever <${InlineText} label="Key of the metadata" look="inline-key" value=${member.metadata_key} tie=${tie('members')}
        placeholder="owner" onText=${(key) => change(at, { metadata_key: key })} /> names` : memberWords(member, names)}<button type="button"
        aria-label=${`Do not notify ${memberWords(member, names)}`} onClick=${() => drop(at)}><${Icon} name="close" size="13" /></button></span> `)}<select
      class="inline inline-add" aria-label=${members.length ? 'Notify also' : 'Notify whom'} ...${tie('members')} value="" onChange=${(event) => add(event.currentTarget.value, event.currentTarget)}>
      <option value="" selected>${members.length ? '+ add' : 'whom?'}</option>
      ${choices.map(([title, some]) => html`<optgroup key=${title} label=${title}>${some.map(([key, words]) => html`<option key=${key} value=${key}>${words}</option>`)}</optgroup>`)}
    </select></span> by <span class="keep"><${UrgencySelect} step=${step} names=${names} put=${put} tie=${tie} />.</span>`;
}

const NEW = 'new';

function UrgencySelect({ step, names, put, tie }) {
  const making = useSignal(false);
  const urgencies = names.urgencies ?? [];
  const chosen = urgencies.find(({ id }) => id === step.urgency_id);
  const known = !step.urgency_id || chosen;
  const options = [['', 'the usual ways'], ...urgencies.map((one) => [one.id, one.name]), ...(known ? [] : [[step.urgency_id, names.urgencies ? 'an urgency that is gone' : '…']]), [NEW, 'New urgency…']];
  const pick = (id, select) => {
    if (id !== NEW) { put({ urgency_id: id }); return; }
    select.value = step.urgency_id;
    making.value = true;
  };
  return html`<span title=${chosen && waysWords(chosen)}><${InlineSelect} label="By which ways" value=${step.urgency_id} options=${options} onPick=${pick} tie=${tie('urgency_id')} /></span>
    ${making.value && html`<${UrgencyDialog} onClose=${() => { making.value = false; }} onSaved=${(urgency) => put({ urgency_id: urgency.id })} />`}`;
}
