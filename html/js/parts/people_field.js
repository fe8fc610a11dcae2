/** Chooses people of the team by name; the value is their addresses. ordered: in which order they come matters. */
import { useId } from 'preact/hooks';
import { html } from '../html.js';
import { announce } from '../announce.js';
import { moved } from '../model/policy_fields.js';
import { Chooser } from './chooser.js';
import { Field } from './field.js';
import { Icon } from './icon.js';

export function PeopleField({ form, name, label, hint, people, max, ordered }) {
  const id = useId();
  const value = form.values.value[name];
  const things = people?.map((one) => ({ id: one.email, name: one.name || one.email, more: one.name ? one.email : '' }));
  const set = (next) => { form.set(name, next); form.touch(name, true); };
  const nameOf = (email) => things?.find((one) => one.id === email)?.name ?? email;
  const move = (at, by) => {
    set(moved(value, at, by));
    announce(`${nameOf(value[at])} is now number ${at + by + 1}`);
  };
  return html`<${Field} label=${label} hint=${hint} error=${form.error(name)}>
    ${(tie) => html`${ordered && value.length > 1 && html`<ol class="turns" id=${id} aria-label="In this order">${value.map((email, at) => html`<li key=${email}>
        <span class="turn-number">${at + 1}</span><span class="turn-name">${nameOf(email)}</span>
        <button type="button" class="button button-quiet button-icon button-small" aria-label=${`${nameOf(email)} earlier`} disabled=${at === 0} onClick=${() => move(at, -1)}><${Icon} name="up" size="16" /></button>
        <button type="button" class="button button-quiet button-icon button-small" aria-label=${`${nameOf(email)} later`} disabled=${at === value.length - 1} onClick=${() => move(at, 1)}><${Icon} name="chevron" size="16" /></button>
      </li>`)}</ol>`}
      <${Chooser} things=${things} value=${value} onChange=${set} what="person" max=${max} tie=${tie} />`}
  <//>`;
}
