/** When a job runs: every so often, or by a cron expression; what that means is said while it is typed. */
import { html } from '../html.js';
import { now } from '../clock.js';
import { capital, everyWords, secondsOf } from '../model/calendar.js';
import { cronNext, cronWords, parseCron } from '../model/cron.js';
import { suggestedGrace } from '../model/heartbeat_fields.js';
import { isZone, whenIn } from '../model/zoned.js';
import { DurationField } from './duration_field.js';
import { Segments } from './segments.js';
import { TextField } from './text_field.js';
import { ZoneField } from './zone_field.js';

const RUNS_SHOWN = 3;
const WAYS = [['period', 'At an interval'], ['cron', 'By a schedule']];

export function ScheduleField({ form }) {
  const fields = form.values.value;
  const follow = () => {
    const next = form.values.peek();
    const grace = next.grace_follows && suggestedGrace(next, now.peek());
    if (grace) form.set('grace', grace);
  };
  const put = (name, value) => { form.set(name, value); follow(); };
  return html`
    <fieldset class="kinds"><legend class="field-label">A ping is expected</legend>
      <div><${Segments} label="When a ping is expected" options=${WAYS} value=${fields.by} onPick=${(way) => put('by', way)} /></div></fieldset>
    ${fields.by === 'period' ? html`<${DurationField} form=${form} name="period" label="Every" onEdit=${follow}
        hint=${periodHint(fields)} />` : html`
      <div class="columns">
        <${TextField} form=${{ ...form, set: put }} name="cron" label="Cron expression" mono autocomplete="off" autocapitalize="none" spellcheck=${false}
          placeholder="0 2 * * *" />
        <${ZoneField} form=${form} name="server_timezone" />
      </div>
      <${Runs} fields=${fields} />`}
    <${Grace} form=${form} fields=${fields} />`;
}

const periodHint = ({ period }) => (secondsOf(period) ? `${capital(everyWords(secondsOf(period)))}, counted from the last ping.` : undefined);

/** What the expression says, and the first moments it means. */
function Runs({ fields }) {
  const { cron, server_timezone: zone } = fields;
  if (parseCron(cron).error || !isZone(zone)) return html`<p class="field-hint" aria-live="polite">Minute, hour, day of the month, month, day of the week; or @daily and the like.</p>`;
  const minute = Math.floor(now.value / 60_000) * 60_000;
  const runs = cronNext(cron, zone, minute, RUNS_SHOWN);
  return html`<div class="runs" aria-live="polite">
    <p><b>${capital(cronWords(cron))}</b> <span class="soft">${zone}</span></p>
    <ol aria-label="Next runs">${runs.map((at) => html`<li key=${at}>${whenIn(at, zone, minute)}</li>`)}</ol>
  </div>`;
}

function Grace({ form, fields }) {
  const fit = suggestedGrace(fields, now.peek());
  const same = !fit || secondsOf(fit) === secondsOf(fields.grace);
  const words = fit && `${fit.count} ${fit.unit}${fit.count === '1' ? '' : 's'}`;
  const take = () => {
    form.set('grace_follows', true);
    form.set('grace', fit);
  };
  return html`<div class="grace">
    <${DurationField} form=${form} name="grace" label="Grace" onEdit=${() => form.set('grace_follows', false)}
      hint="How late it may be before it counts as missed." />
    ${!same && html`<button type="button" class="button button-small" onClick=${take}>Take ${words}, about a fifth of the interval</button>`}
  </div>`;
}
