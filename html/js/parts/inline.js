/**
 * Controls that stand in a sentence. Each has a name for those who do not see the sentence; tie is
 * what says that it is wrong, and why.
 */
import { useId } from 'preact/hooks';
import { html } from '../html.js';
import { UNITS } from '../model/calendar.js';
import { zones } from '../model/zoned.js';

const option = ([value, words], chosen) => html`<option key=${value} value=${value} selected=${value === chosen}>${words}</option>`;

/** options are [value, words], or [title, [[value, words], ...]] for a group. */
export function InlineSelect({ label, value, options, onPick, tie }) {
  return html`<select class="inline inline-select" aria-label=${label} ...${tie} value=${value} onChange=${(event) => onPick(event.currentTarget.value, event.currentTarget)}>
    ${options.map((one) => (Array.isArray(one[1]) ? html`<optgroup key=${one[0]} label=${one[0]}>${one[1].map((inner) => option(inner, value))}</optgroup>` : option(one, value)))}
  </select>`;
}

export function InlineText({ label, value, onText, tie, look = '', ...rest }) {
  return html`<input class=${`inline inline-text ${look}`} type="text" aria-label=${label} ...${tie} autocomplete="off" spellcheck=${false} ...${rest} value=${value}
    onInput=${(event) => onText(event.currentTarget.value)} />`;
}

export const InlineTime = ({ label, value, onText, tie }) => html`<input class="inline inline-time" type="time" aria-label=${label} ...${tie} value=${value}
  onInput=${(event) => onText(event.currentTarget.value)} />`;

const SMALLEST_FIRST = UNITS.map(([unit]) => unit).reverse();

/** A length of time; the value is {count, unit}. */
export function InlineSpan({ label, value, onChange, tie }) {
  return html`<span class="inline-pair"><${InlineText} label=${label} value=${value.count} look="inline-number" inputmode="numeric" tie=${tie} onText=${(count) => onChange({ ...value, count })}
    /><${InlineSelect} label=${`${label}, unit`} value=${value.unit} onPick=${(unit) => onChange({ ...value, unit })}
    options=${SMALLEST_FIRST.map((unit) => [unit, value.count === '1' ? unit : `${unit}s`])} /></span>`;
}

let names = null;

export function InlineZone({ label = 'Time zone', value, onText, tie }) {
  const list = useId();
  names ??= zones();
  return html`<${InlineText} label=${label} value=${value} look="inline-zone" tie=${tie} list=${list} autocapitalize="none" onText=${(text) => onText(text.trim())} /><datalist
    id=${list}>${names.map((one) => html`<option key=${one} value=${one} />`)}</datalist>`;
}
