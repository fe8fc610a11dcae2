/** How a window repeats, in plain words; whoever needs more writes a rule or a cron expression. */
import { html } from '../html.js';
import { DAYS, nth } from '../model/calendar.js';
import { FREQUENCIES, POSITIONS, recurrenceOf } from '../model/repeat.js';
import { DayPicks } from './day_picks.js';
import { Field } from './field.js';
import { NumberField } from './number_field.js';
import { Segments } from './segments.js';
import { SelectField } from './select_field.js';
import { TextField } from './text_field.js';

const UNITS = { daily: ['day', 'days'], weekly: ['week', 'weeks'], monthly: ['month', 'months'] };
const IN_WEEK = [1, 2, 3, 4, 5, 6, 0];
const WEEKDAYS = IN_WEEK.map((one) => [one, DAYS[one]]);
const MONTH_WAYS = [['weekday', 'By weekday'], ['day', 'By date']];
const MONTH_DAYS = [...Array.from({ length: 31 }, (_, i) => [String(i + 1), `the ${nth(i + 1)}`]), ['-1', 'the last day']];
const POSITION_OPTIONS = POSITIONS.map(([at, word]) => [String(at), `the ${word}`]);
const WEEKDAY_OPTIONS = IN_WEEK.map((one) => [String(one), DAYS[one]]);
const ENDS = [['never', 'Never'], ['date', 'On a day'], ['count', 'After some times']];

export function RepeatFields({ form }) {
  const fields = form.values.value;
  const pick = (way) => {
    if (way === 'expert' && fields.repeat !== 'expert') form.set('expert', recurrenceOf(fields));
    form.set('repeat', way);
  };
  return html`<div><${Segments} label="Repeats" options=${FREQUENCIES} value=${fields.repeat} onPick=${pick} /></div>
    ${fields.repeat === 'expert' ? html`<${TextField} form=${form} name="expert" label="Rule or cron expression" mono autocomplete="off" autocapitalize="none"
        spellcheck=${false} hint="An RRULE of RFC 5545, like RRULE:FREQ=MONTHLY;BYDAY=1SU, or a cron expression, like 0 2 * * SUN." />`
      : html`<${Builder} form=${form} fields=${fields} />`}`;
}

function Builder({ form, fields }) {
  const [one, many] = UNITS[fields.repeat];
  return html`
    <${NumberField} form=${form} name="interval" label="Every" unit=${fields.interval === '1' ? one : many} />
    ${fields.repeat === 'weekly' && html`<${DayPicks} label="On" days=${WEEKDAYS} chosen=${fields.weekdays} error=${form.error('weekdays')}
      onChange=${(days) => form.set('weekdays', days)} />`}
    ${fields.repeat === 'monthly' && html`<${MonthFields} form=${form} by=${fields.month_by} />`}
    <div class="columns">
      <${SelectField} form=${form} name="until" label="Ends" options=${ENDS} />
      ${fields.until === 'date' && html`<${DateField} form=${form} name="until_date" label="Last day" />`}
      ${fields.until === 'count' && html`<${NumberField} form=${form} name="until_count" label="Times" unit="times" />`}
      ${fields.until === 'never' && html`<span></span>`}
    </div>`;
}

function MonthFields({ form, by }) {
  return html`<div><${Segments} label="On which day of the month" options=${MONTH_WAYS} value=${by} onPick=${(way) => form.set('month_by', way)} /></div>
    <div class="columns">${by === 'day' ? html`<${SelectField} form=${form} name="month_day" label="On" options=${MONTH_DAYS} /><span></span>`
      : html`<${SelectField} form=${form} name="month_position" label="On" options=${POSITION_OPTIONS} />
        <${SelectField} form=${form} name="month_weekday" label="Weekday" options=${WEEKDAY_OPTIONS} />`}</div>`;
}

function DateField({ form, name, label }) {
  return html`<${Field} label=${label} error=${form.error(name)}>
    ${(tie) => html`<input class="input" type="date" name=${name} ...${tie} value=${form.values.value[name]}
      onInput=${(event) => form.set(name, event.currentTarget.value)} onBlur=${() => form.touch(name)} />`}
  <//>`;
}
