/** Pure: the rotation, the events and the name of an on-call calendar: their forms, and what they say in words. */
import { listed, ms, plural } from '../format.js';
import { onlyWrong } from './checks.js';
import { personName } from './members.js';
import { addDays, instantOf, isZone, localZone, startOfDay, wallFromText, wallOf, wallText, whenIn } from './zoned.js';

export const INTERVALS = [['week', 'weeks'], ['day', 'days'], ['hour', 'hours']];
export const PEOPLE_MAX = 100;
const LENGTH_MAX = { week: 52, day: 366, hour: 8784 };
const HANDOVER_HOUR_MS = 9 * 3_600_000;

/** The last Monday at nine that has been: whoever is first is on call at once, on Monday mornings, too. */
function usualStart(now, zone) {
  const wall = wallOf(now, zone);
  const today = startOfDay(wall);
  const monday = addDays(today, -((new Date(today).getUTCDay() + 6) % 7)) + HANDOVER_HOUR_MS;
  return monday > wall ? addDays(monday, -7) : monday;
}

/** rotation: null for a new one. */
export function rotationFields(rotation, people, now) {
  const zone = rotation?.timezone ?? localZone();
  const known = isZone(zone) ? zone : 'UTC';
  const wall = (time) => wallText(wallOf(ms(time), known));
  return {
    users: (rotation?.users ?? []).map((user) => emailOf(people, user)), length: String(rotation?.rotation_length ?? 1), interval: rotation?.rotation_interval ?? 'week', timezone: zone,
    starts: rotation ? wall(rotation.start_rotations_at) : wallText(usualStart(now, known)), ends_known: Boolean(rotation?.end_rotations_at),
    ends: rotation?.end_rotations_at ? wall(rotation.end_rotations_at) : wallText(addDays(usualStart(now, known), 365)),
  };
}

/** Users are named by their e-mail, by id, or as {id, email}. */
const emailOf = (people, user) => {
  if (typeof user === 'string' && user.includes('@')) return user;
  return user?.email ?? people?.find(({ id }) => String(id) === String(user?.id ?? user))?.email ?? String(user);
};

const instant = (text, zone) => {
  const wall = wallFromText(text);
  return wall === null || !isZone(zone) ? null : instantOf(wall, zone);
};

const iso = (text, zone) => new Date(instant(text, zone)).toISOString();

export function checkRotation(fields) {
  const length = /^\d{1,4}$/.test(fields.length) ? Number(fields.length) : 0;
  const most = LENGTH_MAX[fields.interval];
  const [starts, ends] = [fields.starts, fields.ends].map((text) => wallFromText(text));
  return onlyWrong({
    users: fields.users.length ? undefined : 'Choose who takes turns',
    length: length >= 1 && length <= most ? undefined : `A whole number from 1 to ${most}`,
    starts: starts === null ? 'Enter the day and the time' : undefined,
    timezone: isZone(fields.timezone) ? undefined : 'Choose a time zone, like Europe/Berlin',
    ends: !fields.ends_known ? undefined : ends === null ? 'Enter the day and the time' : starts !== null && ends <= starts ? 'It has to end after it starts' : undefined,
  });
}

export const rotationBody = (fields) => ({
  users: fields.users, rotation_length: Number(fields.length), rotation_interval: fields.interval, timezone: fields.timezone,
  start_rotations_at: iso(fields.starts, fields.timezone), end_rotations_at: fields.ends_known ? iso(fields.ends, fields.timezone) : null,
});

/** "Anna, Ben and Cem take turns, one week each." */
export function rotationWords(rotation, people) {
  const names = rotation.users.map((user) => personName(people, { email: emailOf(people, user) }));
  const span = plural(rotation.rotation_length, rotation.rotation_interval);
  if (names.length === 1) return `${names[0]} is on call all the time.`;
  return `${listed(names)} take turns, ${span.replace(/^1 /, 'one ')} each.`;
}

/** "Hand-over at 09:00 on Mondays, Europe/Berlin": what the start says about all of them. */
export function handoverWords(rotation, now) {
  const zone = isZone(rotation.timezone) ? rotation.timezone : 'UTC';
  const wall = wallOf(ms(rotation.start_rotations_at), zone);
  const time = wallText(wall).slice(11);
  const day = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'long' }).format(wall);
  const on = { week: `on ${day}s at ${time}`, day: `at ${time}`, hour: `from ${time} on` }[rotation.rotation_interval];
  const begins = ms(rotation.start_rotations_at) > now ? ` It begins ${whenIn(rotation.start_rotations_at, zone, now)}.` : '';
  const ends = rotation.end_rotations_at ? ` It ends ${whenIn(rotation.end_rotations_at, zone, now)}.` : '';
  return `Hand-over ${rotation.users.length > 1 ? on : `from ${time} on`}, ${rotation.timezone}.${begins}${ends}`;
}

/** span: {from, to} as wall times of the zone. */
export const eventFields = (span, zone) => ({ users: [], starts: wallText(span.from), ends: wallText(span.to), override: true, timezone: zone });

export const fieldsOfEvent = (event, people, zone) => ({
  users: event.users.map((user) => emailOf(people, user)), override: event.override === true, timezone: zone,
  starts: wallText(wallOf(ms(event.starts_at), zone)), ends: wallText(wallOf(ms(event.ends_at), zone)),
});

export function checkEvent(fields) {
  const [starts, ends] = [fields.starts, fields.ends].map((text) => wallFromText(text));
  return onlyWrong({
    users: fields.users.length ? undefined : 'Choose who is on call',
    starts: starts === null ? 'Enter the day and the time' : undefined,
    ends: ends === null ? 'Enter the day and the time' : starts !== null && ends <= starts ? 'It has to end after it starts' : undefined,
  });
}

export const eventBody = (fields) => ({
  users: fields.users, override: fields.override, starts_at: iso(fields.starts, fields.timezone), ends_at: iso(fields.ends, fields.timezone),
});

/** "Mon 23 Nov, 09:00 to Tue 24 Nov, 09:00". */
export function eventWords({ starts_at: from, ends_at: to }, zone, now) {
  const [start, end] = [whenIn(from, zone, now), whenIn(to, zone, now)];
  return `${start} to ${start.slice(0, -5) === end.slice(0, -5) ? end.slice(-5) : end}`;
}
