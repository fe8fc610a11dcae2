/** What a channel hears of, how often, and when it keeps quiet. */
import { html } from '../html.js';
import { WEEK } from '../model/calendar.js';
import { EVENTS } from '../model/channel_fields.js';
import { WAYS } from '../model/channel_kinds.js';
import { dailyWords } from '../model/daily.js';
import { CheckField } from './check_field.js';
import { TimeField } from './daily_fields.js';
import { DayPicks } from './day_picks.js';
import { DurationField } from './duration_field.js';
import { FieldError } from './field.js';
import { FoldBox } from './fold.js';
import { NumberField } from './number_field.js';
import { ZoneField } from './zone_field.js';

/** Each on or off. options are [value, words]. */
export function Picks({ form, name, label, hint, options }) {
  const chosen = form.values.value[name];
  const toggle = (one) => form.set(name, chosen.includes(one) ? chosen.filter((other) => other !== one) : [...chosen, one]);
  return html`<fieldset class="kinds">
    <legend class="field-label">${label}</legend>
    <div class="tile-group">${options.map(([value, words]) => html`<label class="tile" key=${value}>
      <input type="checkbox" checked=${chosen.includes(value)} onChange=${() => toggle(value)} />${words}</label>`)}</div>
    ${hint && html`<p class="field-hint">${hint}</p>`}
    <${FieldError} error=${form.error(name)} />
  </fieldset>`;
}

function Scope({ form }) {
  const all = form.values.value.all_incidents;
  const choice = (value, words, hint) => html`<label class="check"><input type="radio" name="scope" checked=${all === value} onChange=${() => form.set('all_incidents', value)} />
    <span class="check-text"><span>${words}</span><span class="field-hint">${hint}</span></span></label>`;
  return html`<fieldset class="kinds">
    <legend class="field-label">Which incidents</legend>
    ${choice(true, 'Every incident of the team', 'It hears of each at once, beside whoever is on call.')}
    ${choice(false, 'Only where an escalation policy names it', 'It is told when its step comes.')}
  </fieldset>`;
}

const minutes = ['minute', 'hour', 'day'];
const quietAsDaily = (fields) => ({ maintenance_from: fields.quiet_from, maintenance_to: fields.quiet_to, maintenance_timezone: fields.quiet_timezone, maintenance_days: fields.quiet_days });
const QUIET = ['quiet_from', 'quiet_to', 'quiet_timezone', 'quiet_days'];

export function HearsFields({ form, personal }) {
  const fields = form.values.value;
  const wrong = (...names) => names.some((name) => form.error(name));
  return html`<section class="form-part">
      ${personal ? html`<${Picks} form=${form} name="ways" label="Use it for" options=${WAYS} hint="A monitor or an escalation policy says which of these reach you; a critical alert does not wait for quiet hours." />` : html`<${Scope} form=${form} />`}
      <${Picks} form=${form} name="events" label="Tell when" options=${EVENTS} />
    </section>
    <section class="form-part form-part-flush">
      <${FoldBox} used=${fields.reminds} wrong=${wrong('repeat_every', 'rate_limit')} title="Reminders and rate" hint=${`${fields.reminds ? `every ${fields.repeat_every.count} ${fields.repeat_every.unit}s` : 'no reminders'}, ${fields.rate_limit} a minute`}>
        <${CheckField} form=${form} name="reminds" label="Remind while nobody has taken it" hint="Again and again, until it is acknowledged or over." />
        ${fields.reminds && html`<${DurationField} form=${form} name="repeat_every" label="Every" units=${minutes} />`}
        <${NumberField} form=${form} name="rate_limit" label="At most" unit="messages a minute" hint="What is more comes together, as one summary." />
      <//>
      <${FoldBox} used=${fields.quiet} wrong=${wrong(...QUIET)} title="Quiet hours" hint=${fields.quiet ? dailyWords(quietAsDaily(fields)) : 'none'}>
        <${CheckField} form=${form} name="quiet" label="Do not disturb at some hours" hint="What begins meanwhile is told at their end, if it still goes on. Critical alerts come at once." />
        ${fields.quiet && html`<div class="columns">
            <${TimeField} form=${form} name="quiet_from" label="From" /><${TimeField} form=${form} name="quiet_to" label="To" /><${ZoneField} form=${form} name="quiet_timezone" />
          </div>
          <${DayPicks} label="Days" days=${WEEK} chosen=${fields.quiet_days} error=${form.error('quiet_days')} onChange=${(days) => form.set('quiet_days', days)} />`}
      <//>
    </section>`;
}
