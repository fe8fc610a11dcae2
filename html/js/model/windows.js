/** Pure: maintenance windows in words, and the list of them: what runs now, what comes, what is over. */
import { listed, ms, plural } from '../format.js';
import { spanWords } from './calendar.js';
import { recurrenceWords } from './repeat.js';
import { isZone, whenIn } from './zoned.js';

const UTC = 'UTC';

/** The zone the browser can count in; the name as it was given is shown all the same. */
export const zoneOf = ({ timezone_iana: zone }) => (isZone(zone) ? zone : UTC);

/** Seconds of one occurrence. */
export const lengthOf = ({ duration, starts_at: from, ends_at: to }) => duration ?? (to ? (ms(to) - ms(from)) / 1000 : 0);

/** "every week on Sunday at 02:00 Europe/Berlin, for 2 hours", or from when to when. */
export function scheduleWords(one, now) {
  const zone = zoneOf(one);
  const name = one.timezone ?? UTC;
  if (one.recurrence) return `${recurrenceWords(one.recurrence, ms(one.starts_at), zone)} ${name}, for ${spanWords(lengthOf(one))}`;
  return `${whenIn(one.starts_at, zone, now)} to ${endText(one, zone, now)} ${name}`;
}

/** An end on the day of the start needs no day. */
function endText({ starts_at: from, ends_at: to }, zone, now) {
  const [start, end] = [whenIn(from, zone, now), whenIn(to, zone, now)];
  return start.slice(0, -5) === end.slice(0, -5) ? end.slice(-5) : end;
}

/** "all monitors and heartbeats", "3 monitors and 1 heartbeat". */
export function scopeWords({ all_monitors: all, monitor_ids: monitors = [], heartbeat_ids: heartbeats = [] }) {
  const parts = [all ? 'every monitor' : monitors.length ? plural(monitors.length, 'monitor') : '', heartbeats.length ? plural(heartbeats.length, 'heartbeat') : ''];
  return listed(parts.filter(Boolean)) || 'nothing chosen';
}

/** By what the hub says, corrected by time that has passed since. */
export function stateAt(one, at) {
  if (one.state === 'active' && one.current_ends_at && at >= ms(one.current_ends_at)) return one.next_starts_at ? 'scheduled' : 'ended';
  return one.state;
}

export const GROUPS = [['active', 'Active now'], ['scheduled', 'Upcoming'], ['ended', 'Ended']];

const soonest = (a, b) => (ms(a.next_starts_at) ?? Infinity) - (ms(b.next_starts_at) ?? Infinity);
const ORDERS = {
  active: (a, b) => (ms(a.current_ends_at) ?? Infinity) - (ms(b.current_ends_at) ?? Infinity),
  scheduled: soonest,
  ended: (a, b) => ms(b.updated_at) - ms(a.updated_at),
};

/** [[state, title, windows]], without the empty ones. */
export const grouped = (windows, at) => GROUPS
  .map(([state, title]) => [state, title, windows.filter((one) => stateAt(one, at) === state).sort(ORDERS[state])])
  .filter(([, , some]) => some.length);

/** The windows that cover a monitor or heartbeat now; kind is "monitor" or "heartbeat". */
export const covering = (windows, kind, id, at) => windows.filter((one) => stateAt(one, at) === 'active'
  && ((kind === 'monitor' && one.all_monitors) || one[`${kind}_ids`]?.includes(String(id))));

/** The head of the page. */
export function listSentence(windows, at) {
  const active = windows.filter((one) => stateAt(one, at) === 'active').length;
  const coming = windows.filter((one) => stateAt(one, at) === 'scheduled').length;
  if (active) return active === 1 ? 'Maintenance is going on' : `${active} windows are open`;
  if (coming) return 'No maintenance now';
  return windows.length ? 'No maintenance planned' : 'Maintenance';
}
