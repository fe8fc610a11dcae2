/** The days of a week, each on or off. */
import { html } from '../html.js';
import { FieldError } from './field.js';

/** days are [value, name]. */
export function DayPicks({ label, days, chosen, onChange, error }) {
  const toggle = (day) => onChange(chosen.includes(day) ? chosen.filter((one) => one !== day) : [...chosen, day]);
  return html`<fieldset class="kinds day-field">
    <legend class="field-label">${label}</legend>
    <div class="day-picks">${days.map(([day, name]) => html`<label class="tile day-pick" key=${day}>
      <input type="checkbox" checked=${chosen.includes(day)} aria-label=${name} onChange=${() => toggle(day)} />${name.slice(0, 3)}</label>`)}</div>
    <${FieldError} error=${error} />
  </fieldset>`;
}
