/** One step of the editor: its sentence, what is wrong with it, and the ways to move and remove it. */
import { useId } from 'preact/hooks';
import { html } from '../html.js';
import { STEP_KINDS, errorName } from '../model/policy_fields.js';
import { FieldError } from './field.js';
import { Icon } from './icon.js';
import { StepMetadata, StepTime } from './step_branch.js';
import { StepEscalation } from './step_escalation.js';
import { StepInstructions } from './step_instructions.js';
import { StepWait } from './step_wait.js';

const BODIES = { escalation: StepEscalation, time_branching: StepTime, metadata_branching: StepMetadata, instructions: StepInstructions };
const KINDS = Object.fromEntries(STEP_KINDS);
const FIELDS = ['step', 'wait', 'members', 'urgency_id', 'time', 'timezone', 'days', 'metadata_key', 'values', 'policy', 'comment', 'hours'];
const MOVES = { ArrowUp: -1, ArrowDown: 1 };

/** put(change) changes the step; move(by) its place. */
export function PolicyStep({ form, step, at, count, time, names, self, put, move, remove }) {
  const id = useId();
  const wrong = FIELDS.map((field) => [field, form.error(errorName(step.key, field))]).filter(([, message]) => message);
  const has = (field) => wrong.some(([one]) => one === field);
  const tie = (field) => ({ 'data-field': field, ...(has(field) && { 'aria-invalid': 'true', 'aria-describedby': `${id}-${field}` }) });
  const touch = (field) => form.touch(errorName(step.key, field), true);
  const onFocusOut = ({ target }) => { if (target.dataset?.field && target.value) touch(target.dataset.field); };
  const onKeyDown = (event) => {
    if (!event.altKey || !MOVES[event.key]) return;
    event.preventDefault();
    move(MOVES[event.key], event.target);
  };
  const Body = BODIES[step.type];
  return html`<li class=${`step${wrong.length ? ' step-wrong' : ''}`} aria-label=${`Step ${at + 1}: ${KINDS[step.type]}`} onFocusOut=${onFocusOut} onKeyDown=${onKeyDown}>
    <div class="step-rail" aria-hidden="true"><span class="step-number">${at + 1}</span><span class="step-time">${time}</span></div>
    <div class="step-main">
      <div class="step-words"><${StepWait} step=${step} first=${at === 0} put=${put} tie=${tie} /><${Body} step=${step} names=${names} self=${self} put=${put} tie=${tie} onTouch=${touch} /></div>
      ${wrong.map(([field, message]) => html`<${FieldError} key=${field} id=${`${id}-${field}`} error=${message} />`)}
    </div>
    <div class="step-tools">
      <button type="button" class="button button-quiet button-icon button-small" aria-label=${`Move step ${at + 1} up`} title="Up (Alt and arrow)" data-move="-1" disabled=${at === 0}
        onClick=${(event) => move(-1, event.currentTarget)}><${Icon} name="up" size="16" /></button>
      <button type="button" class="button button-quiet button-icon button-small" aria-label=${`Move step ${at + 1} down`} title="Down (Alt and arrow)" data-move="1" disabled=${at === count - 1}
        onClick=${(event) => move(1, event.currentTarget)}><${Icon} name="chevron" size="16" /></button>
      <button type="button" class="button button-quiet button-icon button-small" aria-label=${`Remove step ${at + 1}`} title="Remove" onClick=${remove}><${Icon} name="trash" size="16" /></button>
    </div>
  </li>`;
}
