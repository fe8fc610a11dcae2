/** The steps of a policy: in their order, with what adds, moves and removes them, and what follows the last. */
import { useRef } from 'preact/hooks';
import { html } from '../html.js';
import { announce } from '../announce.js';
import { stepTimes } from '../model/policy.js';
import { STEPS_MAX, STEP_KINDS, bodyOf, errorName, moved, newStep } from '../model/policy_fields.js';
import { FieldError } from './field.js';
import { Icon } from './icon.js';
import { InlineSelect, InlineSpan } from './inline.js';
import { Menu } from './menu.js';
import { MenuItem } from './menu_item.js';
import { PolicyStep } from './policy_step.js';

const ICONS = { escalation: 'bell', time_branching: 'clock', metadata_branching: 'branch', instructions: 'comment' };

export function PolicySteps({ form, names, self }) {
  const list = useRef(null);
  const { steps } = form.values.value;
  const times = stepTimes(bodyOf(form.values.value).steps);
  const set = (next, key) => form.set('steps', next, Object.keys(newStep()).concat('step', 'wait', 'time', 'policy').map((field) => errorName(key, field)));
  const later = (work) => requestAnimationFrame(() => requestAnimationFrame(work));
  const at = (place) => list.current?.children[place];
  const move = (from, by, target) => {
    const next = moved(steps, from, by);
    if (next === steps) return;
    set(next, steps[from].key);
    announce(`Now step ${from + by + 1} of ${steps.length}`);
    later(() => (target.disabled ? at(from + by)?.querySelector('[data-move]:enabled') : target)?.focus());
  };
  const remove = (place) => {
    set(steps.filter((one, i) => i !== place), steps[place].key);
    announce(`Step ${place + 1} is removed`);
    later(() => (at(Math.min(place, steps.length - 2))?.querySelector('[data-move]:enabled, .inline') ?? document.querySelector('.step-add button'))?.focus());
  };
  const add = (type) => {
    const step = newStep(type, type === 'escalation' ? '5' : '0');
    set([...steps, step], step.key);
    announce(`Step ${steps.length + 1} is added`);
    later(() => at(steps.length)?.querySelector('.inline')?.focus());
  };
  return html`<div class="steps-editor">
    <${FieldError} error=${form.error('steps')} />
    ${steps.length === 0 && html`<p class="step-silent">No step: this policy is silent. Its incidents are recorded, and nobody is told.</p>`}
    <ol class="step-list" ref=${list}>${steps.map((step, place) => html`<${PolicyStep} key=${step.key} form=${form} step=${step} at=${place} count=${steps.length} time=${times[place]}
      names=${names} self=${self} put=${(change) => set(form.values.peek().steps.map((one) => (one.key === step.key ? { ...one, ...change } : one)), step.key)}
      move=${(by, target) => move(place, by, target)} remove=${() => remove(place)} />`)}</ol>
    ${steps.length < STEPS_MAX && html`<div class="step-add"><${Menu} button=${html`<${Icon} name="plus" size="16" />Add step`} label="Add step" buttonClass="button button-small">
      ${STEP_KINDS.map(([type, words]) => html`<${MenuItem} key=${type} icon=${ICONS[type]} onPick=${() => add(type)}>${words}<//>`)}<//></div>`}
    ${steps.length > 0 && html`<${After} form=${form} names=${names} self=${self} />`}
  </div>`;
}

const REPEATS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

function After({ form, names, self }) {
  const { repeat_count: count, repeat_delay: delay, fallback_policy_id: fallback } = form.values.value;
  const counts = [...new Set([...REPEATS, Number(count)])].map((one) => [String(one), ['do not repeat it', 'repeat all of it once'][one] ?? `repeat all of it ${one} times`]);
  const others = (names.policies ?? []).filter(({ id }) => id !== self).map((one) => [one.id, one.name]);
  const gone = fallback && !others.some(([id]) => id === fallback) ? [[fallback, names.policies ? 'a policy that is gone' : '…']] : [];
  const wrong = ['repeat_count', 'repeat_delay', 'fallback_policy_id'].map((name) => [name, form.error(name)]).filter(([, message]) => message);
  const tie = (name) => (wrong.some(([one]) => one === name) ? { 'aria-invalid': 'true', 'aria-describedby': `after-${name}` } : {});
  return html`<div class="step step-after">
    <div class="step-rail" aria-hidden="true"><span class="step-number step-number-end"><${Icon} name="again" size="15" /></span></div>
    <div class="step-main"><div class="step-words">If nobody has acknowledged then, <${InlineSelect} label="Repeat" value=${count} options=${counts} tie=${tie('repeat_count')}
      onPick=${(value) => form.set('repeat_count', value)} />${count !== '0' && html`, each after <${InlineSpan} label="Wait before repeating" value=${delay} tie=${tie('repeat_delay')}
      onChange=${(value) => form.set('repeat_delay', value)} />`}, then hand over to <span class="keep"><${InlineSelect} label="Hand over to" value=${fallback} tie=${tie('fallback_policy_id')}
      options=${[['', 'nobody'], ...others, ...gone]} onPick=${(value) => form.set('fallback_policy_id', value)} />.</span></div>
      ${wrong.map(([name, message]) => html`<${FieldError} key=${name} id=${`after-${name}`} error=${message} />`)}</div>
  </div>`;
}
