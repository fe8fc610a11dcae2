/** The daily maintenance of a monitor or heartbeat: the same time every day, or on some days. */
import { html } from '../html.js';
import { WEEK } from '../model/calendar.js';
import { overMidnight } from '../model/daily.js';
import { CheckField } from './check_field.js';
import { DayPicks } from './day_picks.js';
import { Field } from './field.js';
import { ZoneField } from './zone_field.js';

export function DailyFields({ form, hint }) {
  const fields = form.values.value;
  return html`<${CheckField} form=${form} name="daily" label="The same time every day, or on some days" hint=${hint} />
    ${fields.daily && html`
      <div class="columns">
        <${TimeField} form=${form} name="maintenance_from" label="From" />
        <${TimeField} form=${form} name="maintenance_to" label="To" />
        <${ZoneField} form=${form} name="maintenance_timezone" />
      </div>
      <${DayPicks} label="Days" days=${WEEK} chosen=${fields.maintenance_days} error=${form.error('maintenance_days')}
        onChange=${(days) => form.set('maintenance_days', days)} />
      ${overMidnight(fields) && html`<p class="field-hint">Over midnight both days count: choose the day on which it begins and the day on which it ends.</p>`}`}
    <p class="field-hint">For once, or every few weeks, or for many at a time there are <a href="/maintenance">maintenance windows</a>.</p>`;
}

export function TimeField({ form, name, label }) {
  return html`<${Field} label=${label} error=${form.error(name)}>
    ${(tie) => html`<input class="input" type="time" name=${name} ...${tie} value=${form.values.value[name]}
      onInput=${(event) => form.set(name, event.currentTarget.value)} onBlur=${() => form.touch(name)} />`}
  <//>`;
}
