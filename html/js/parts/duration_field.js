/** A length of time: a whole number and its unit. The value is {count, unit}. */
import { html } from '../html.js';
import { UNITS } from '../model/calendar.js';
import { Field } from './field.js';

const SMALLEST_FIRST = UNITS.map(([unit]) => unit).reverse();

export function DurationField({ form, name, label, hint, units = SMALLEST_FIRST, onEdit }) {
  const { count, unit } = form.values.value[name];
  const put = (change) => {
    form.set(name, { ...form.values.peek()[name], ...change });
    onEdit?.();
  };
  return html`<${Field} label=${label} hint=${hint} error=${form.error(name)}>
    ${(tie) => html`<div class="span-row">
      <input class="input" type="text" inputmode="numeric" name=${name} ...${tie} autocomplete="off" value=${count}
        onInput=${(event) => put({ count: event.currentTarget.value })} onBlur=${() => form.touch(name)} />
      <select class="select" aria-label=${`${label}, unit`} onChange=${(event) => put({ unit: event.currentTarget.value })}>
        ${units.map((one) => html`<option key=${one} value=${one} selected=${one === unit}>${count === '1' ? one : `${one}s`}</option>`)}
      </select>
    </div>`}
  <//>`;
}
