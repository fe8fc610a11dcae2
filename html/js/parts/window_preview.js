/** What the fields of a window mean: in words, and its next times. */
import { html } from '../html.js';
import { now } from '../clock.js';
import { duration } from '../format.js';
import { capital, spanWords } from '../model/calendar.js';
import { recurrenceWords } from '../model/repeat.js';
import { planOf, preview } from '../model/window_fields.js';
import { localZone, timeText, wallOf, whenIn } from '../model/zoned.js';

const SHOWN = 5;
const MINUTE_MS = 60_000;

export function WindowPreview({ fields }) {
  const minute = Math.floor(now.value / MINUTE_MS) * MINUTE_MS;
  const times = preview(fields, minute, SHOWN);
  if (!times.length) return html`<div class="runs" aria-live="polite"><p class="soft">${fields.kind === 'repeats' ? 'No next time: look at the fields above.' : 'Say when it starts and ends.'}</p></div>`;
  const { recurrence, starts, seconds } = planOf(fields);
  const zone = fields.timezone;
  const head = recurrence ? `${capital(recurrenceWords(recurrence, starts, zone))} ${zone}, for ${spanWords(seconds)}` : `Once, for ${spanWords(seconds)}`;
  return html`<div class="runs" aria-live="polite">
    <p><b>${head}</b></p>
    <ul class="runs-list" aria-label="Next times">${times.map((one) => html`<li key=${one.starts}>${line(one, zone, minute)}</li>`)}</ul>
  </div>`;
}

function line({ starts, ends }, zone, at) {
  const [from, to] = [wallOf(starts, zone), wallOf(ends, zone)];
  const sameDay = Math.floor(from / 86_400_000) === Math.floor(to / 86_400_000);
  const words = `${capital(whenIn(starts, zone, at))} to ${sameDay ? timeText(to) : whenIn(ends, zone, at)}`;
  return html`${words}${note(starts, ends, at)}${zone !== localZone() && html` <span class="faint">(${whenIn(starts, localZone(), at)} here)</span>`}`;
}

function note(starts, ends, at) {
  if (ends <= at) return html` <span class="word state-degraded">is over</span>`;
  return starts <= at ? html` <span class="word state-maintenance">open at once, ${duration(ends - at)} left</span>` : '';
}
