/** Any stretch of whole days: two dates, and the two months that are asked for most. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { hubTime } from '../clock.js';
import { DAY_MS, OTHER, boundsOf, dayText, monthsOf, spanOfDays, spanWords } from '../model/span.js';
import { Field } from './field.js';
import { Icon } from './icon.js';

/** span: what is on show; onPick({key, from, to}). */
export function OtherSpan({ span, onPick, onClose }) {
  const { from, to } = boundsOf(span, hubTime());
  const first = useSignal(dayText(from));
  const last = useSignal(dayText(Math.max(from, to - 1)));
  const error = useSignal('');
  const submit = (event) => {
    event.preventDefault();
    const found = spanOfDays(first.value, last.value, hubTime());
    error.value = found.error ?? '';
    if (found.span) onPick(found.span);
  };
  const today = dayText(hubTime());
  const day = (label, held, wrong) => html`<${Field} label=${label} error=${wrong}>
    ${(tie) => html`<input class="input" type="date" ...${tie} max=${today} value=${held.value} onInput=${(event) => { held.value = event.currentTarget.value; }} />`}<//>`;
  return html`<form class="other-span" onSubmit=${submit} noValidate>
    ${day('First day', first, error.value)}${day('Last day', last)}
    <button class="button button-primary">Show</button>
    <span class="other-months">${monthsOf(hubTime()).map(([words, one]) => html`<button key=${words} type="button" class="button button-quiet" onClick=${() => onPick(one)}>${words}</button>`)}</span>
    <button type="button" class="button button-quiet button-icon other-close" aria-label="Close" onClick=${onClose}><${Icon} name="close" /></button>
  </form>`;
}

/** What the button for another stretch says. */
export const otherWords = (span) => (span.key === OTHER ? spanWords(span) : 'Other…');
export const isLong = ({ from, to }) => to - from > 2 * DAY_MS;
