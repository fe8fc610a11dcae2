/** Pure: a maintenance window as the fields of its form, and those fields back as the body of a request. */
import { ms } from '../format.js';
import { secondsOf, unitsOf } from './calendar.js';
import { onlyWrong } from './checks.js';
import { checkRecurrence, isRule, nextStarts, recurrenceOf, repeatFields } from './repeat.js';
import { instantOf, isZone, localZone, wallFromText, wallOf, wallText } from './zoned.js';
import { lengthOf } from './windows.js';

const NAME_CHARS_MAX = 255;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const LENGTH_MIN_S = 60;
const LENGTH_MAX_S = 366 * 86_400;

export function newFields(now) {
  const zone = localZone();
  const start = Math.ceil(wallOf(now, zone) / HOUR_MS) * HOUR_MS;
  return {
    name: '', description: '', kind: 'once', timezone: zone, starts: wallText(start), ends: wallText(start + HOUR_MS), by: 'length',
    length: { count: '1', unit: 'hour' }, repeat: 'weekly', interval: '1', weekdays: [0], month_by: 'weekday', month_day: '1', month_position: '1',
    month_weekday: '0', until: 'never', until_count: '10', until_date: wallText(start + 90 * 24 * HOUR_MS).slice(0, 10), expert: 'RRULE:FREQ=WEEKLY;BYDAY=SU',
    all_monitors: false, monitor_ids: [], heartbeat_ids: [],
  };
}

export function fieldsOf(one, now) {
  const zone = one.timezone_iana ?? 'UTC';
  const known = isZone(zone) ? zone : 'UTC';
  const start = wallOf(ms(one.starts_at), known);
  const length = lengthOf(one);
  return {
    ...newFields(now),
    name: one.name ?? '',
    description: one.description ?? '',
    kind: one.recurrence ? 'repeats' : 'once',
    timezone: zone,
    starts: wallText(start),
    ends: wallText(one.ends_at ? wallOf(ms(one.ends_at), known) : start + length * 1000),
    by: one.recurrence ? 'length' : 'end',
    length: unitsOf(length),
    all_monitors: one.all_monitors === true,
    monitor_ids: one.monitor_ids ?? [],
    heartbeat_ids: one.heartbeat_ids ?? [],
    ...(one.recurrence ? repeatFields(one.recurrence) : {}),
  };
}

/** The instant of a field for date and time in the form's zone; null while it is not one. */
function instant(text, zone) {
  const wall = wallFromText(text);
  return wall === null || !isZone(zone) ? null : instantOf(wall, zone);
}

const startOf = (fields) => instant(fields.starts, fields.timezone);

/** {starts, ends, length in seconds, recurrence} as instants, where they can be told. */
export function planOf(fields) {
  const starts = startOf(fields);
  const byEnd = fields.kind === 'once' && fields.by === 'end';
  const seconds = byEnd ? (instant(fields.ends, fields.timezone) - starts) / 1000 : secondsOf(fields.length);
  return { starts, seconds, ends: starts === null || seconds === null ? null : starts + seconds * 1000, recurrence: fields.kind === 'repeats' ? recurrenceOf(fields) : null };
}

export function checkFields(fields) {
  const { starts, seconds } = planOf(fields);
  const repeats = fields.kind === 'repeats';
  const name = fields.name.trim();
  return onlyWrong({
    name: name ? name.length > NAME_CHARS_MAX && `At most ${NAME_CHARS_MAX} characters` : 'Give it a name, like “Database upgrade”',
    timezone: isZone(fields.timezone) ? undefined : 'Choose a time zone, like Europe/Berlin',
    starts: wallFromText(fields.starts) === null ? 'Enter the day and the time' : undefined,
    ...(fields.kind === 'once' && fields.by === 'end' ? { ends: checkEnd(fields, starts, seconds) } : { length: checkLength(seconds) }),
    ...(repeats ? checkRepeat(fields) : {}),
    monitor_ids: fields.all_monitors || fields.monitor_ids.length || fields.heartbeat_ids.length ? undefined : 'Choose what it is for',
  });
}

function checkEnd(fields, starts, seconds) {
  if (wallFromText(fields.ends) === null) return 'Enter the day and the time';
  return starts !== null && seconds <= 0 ? 'It has to end after it starts' : checkLength(seconds);
}

function checkLength(seconds) {
  if (seconds === null || Number.isNaN(seconds)) return 'A whole number';
  if (seconds < LENGTH_MIN_S) return 'At least a minute';
  return seconds > LENGTH_MAX_S ? 'At most a year' : undefined;
}

function checkRepeat(fields) {
  const counted = (text, most) => (/^\d{1,6}$/.test(text) && Number(text) >= 1 && Number(text) <= most ? undefined : `A whole number from 1 to ${most.toLocaleString()}`);
  if (fields.repeat === 'expert') return { expert: checkRecurrence(fields.expert) };
  return {
    interval: counted(fields.interval, 100),
    weekdays: fields.repeat === 'weekly' && !fields.weekdays.length ? 'Choose at least one day' : undefined,
    until_count: fields.until === 'count' ? counted(fields.until_count, 1000) : undefined,
    until_date: fields.until === 'date' && !/^\d{4}-\d\d-\d\d$/.test(fields.until_date) ? 'Enter the last day' : undefined,
  };
}

/** The next occurrences, [{starts, ends}] as instants; empty while something is wrong. */
export function preview(fields, now, count) {
  if (Object.keys(checkFields({ ...fields, name: 'x', all_monitors: true })).length) return [];
  const { starts, seconds, ends, recurrence } = planOf(fields);
  if (!recurrence) return [{ starts, ends }];
  return nextStarts({ recurrence, startsAt: starts, zone: fields.timezone, after: now, count, lastsMs: seconds * 1000 })
    .map((at) => ({ starts: at, ends: at + seconds * 1000 }));
}

/** What repeats begins with its first occurrence, so that nobody has to guess about a day that does not fit. */
function firstStart(fields, { starts, recurrence }) {
  if (!recurrence) return starts;
  const [first] = nextStarts({ recurrence, startsAt: starts, zone: fields.timezone, after: starts - MINUTE_MS, count: 1, lastsMs: MINUTE_MS });
  return isRule(recurrence) ? first ?? starts : starts;
}

export function bodyOf(fields) {
  const plan = planOf(fields);
  return {
    name: fields.name.trim(),
    description: fields.description.trim() || null,
    starts_at: new Date(firstStart(fields, plan)).toISOString(),
    ends_at: plan.recurrence ? null : new Date(plan.ends).toISOString(),
    duration: plan.recurrence ? plan.seconds : null,
    recurrence: plan.recurrence,
    timezone: fields.timezone,
    all_monitors: fields.all_monitors,
    monitor_ids: fields.all_monitors ? [] : fields.monitor_ids,
    heartbeat_ids: fields.heartbeat_ids,
  };
}

/** Only what the person changed; the times go together. */
export function changesOf(fields, one, now) {
  const next = bodyOf(fields);
  const was = bodyOf(fieldsOf(one, now));
  const changed = Object.entries(next).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(was[name]));
  const times = ['starts_at', 'ends_at', 'duration', 'recurrence', 'timezone'];
  if (!changed.some(([name]) => times.includes(name))) return Object.fromEntries(changed);
  return { ...Object.fromEntries(changed), ...Object.fromEntries(times.map((name) => [name, next[name]])) };
}
