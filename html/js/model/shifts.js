/**
 * Pure: shifts of an on-call calendar laid out in weeks and days. Times are wall times of the zone
 * that is shown (zoned.js), so that a day is always a column and hand-over stands where the clock says.
 */
import { listed, ms } from '../format.js';
import { personName } from './members.js';
import { addDays, atIn, startOfDay, wallOf } from './zoned.js';

const DAY_MS = 86_400_000;
export const WEEK_DAYS = 7;
const COLOURS = 6;
export const SPAN_DAYS_MAX = 92;

/** Monday 00:00 of the week a wall time is in. */
export const startOfWeek = (wall) => addDays(startOfDay(wall), -((new Date(wall).getUTCDay() + 6) % WEEK_DAYS));

export function startOfMonth(wall) {
  const day = new Date(wall);
  return Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), 1);
}

export function addMonths(wall, months) {
  const day = new Date(startOfMonth(wall));
  return Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + months, 1);
}

/** The Mondays of the weeks a month touches. */
export function weeksOf(month) {
  const end = addMonths(month, 1);
  const weeks = [];
  for (let week = startOfWeek(month); week < end; week = addDays(week, WEEK_DAYS)) weeks.push(week);
  return weeks;
}

/** What is on show, as wall times: {from, to}. */
export function rangeOf(view, wall) {
  if (view === 'week') return { from: startOfWeek(wall), to: addDays(startOfWeek(wall), WEEK_DAYS) };
  const weeks = weeksOf(startOfMonth(wall));
  return { from: weeks[0], to: addDays(weeks.at(-1), WEEK_DAYS) };
}

/** As a reply of the hub has them, in wall times. */
export const wallShifts = (shifts, zone) => shifts.map(({ users, starts_at: from, ends_at: to, source }) => ({
  users: users.map(userId), source, from: wallOf(ms(from), zone), to: wallOf(ms(to), zone),
}));

/** Users come as ids or as {id, ...}. */
export const userId = (user) => String(user?.id ?? user);

/**
 * The bars of a row from one wall time to another: {left, width} as shares of it, lane from 0 on,
 * and whether the shift begins and ends inside the row. Lanes keep what overlaps apart.
 */
export function barsOf(shifts, from, to) {
  const ends = [];
  return shifts.filter((one) => one.from < to && one.to > from).sort((a, b) => a.from - b.from || b.to - a.to).map((one) => {
    const [start, end] = [Math.max(one.from, from), Math.min(one.to, to)];
    const free = ends.findIndex((until) => until <= start);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = end;
    return { ...one, lane, left: (start - from) / (to - from), width: (end - start) / (to - from), begins: one.from >= from, finishes: one.to <= to };
  });
}

export const lanesOf = (bars) => Math.max(1, ...bars.map(({ lane }) => lane + 1));

/** Who has a colour: by the place among the people, so that it is the same on every page. */
export const colourOf = (people, id) => {
  const at = (people ?? []).findIndex((one) => String(one.id) === String(id));
  return at < 0 ? COLOURS : at % COLOURS + 1;
};

export const peopleWords = (people, users) => listed(users.map((id) => personName(people, { id: userId(id) }))) || 'nobody';

const SOURCES = { rotation: 'rotation', event: 'planned', override: 'override' };
export const sourceWord = (source) => SOURCES[source] ?? source;

/** Who is on call in part of a day, for a reader that sees no bars: "Anna until 09:00, then Ben". */
export function dayWords(shifts, people, day) {
  const some = shifts.filter((one) => one.from < day + DAY_MS && one.to > day).sort((a, b) => a.from - b.from);
  if (!some.length) return 'nobody on call';
  return some.map(({ users, from, to, source }) => {
    const begins = from > day ? ` from ${clock(from)}` : '';
    const ends = to < day + DAY_MS ? ` until ${clock(to)}` : '';
    return `${peopleWords(people, users)}${begins}${ends}${source === 'override' ? ' (override)' : ''}`;
  }).join(', ');
}

const clock = (wall) => new Date(wall).toISOString().slice(11, 16);

/** Rounded to what a person means: quarters of an hour. */
const STEP_MS = 900_000;
export const snapped = (wall) => Math.round(wall / STEP_MS) * STEP_MS;

/** Two ends in any order as a span; days are whole. */
export const spanOf = (a, b) => ({ from: Math.min(a, b), to: Math.max(a, b) });
export const daySpan = (a, b) => ({ from: Math.min(a, b), to: addDays(Math.max(a, b), 1) });

/** The head of the page: "Anna is on call". */
export function nowSentence(calendar, people) {
  const users = calendar.on_call_now ?? [];
  if (!users.length) return 'Nobody is on call';
  return `${peopleWords(people, users)} ${users.length === 1 ? 'is' : 'are'} on call`;
}

/** Who comes at the next hand-over, by the shifts that are known: "Ben takes over tomorrow at 09:00". */
export function nextSentence(calendar, shifts, people, zone, now) {
  const at = ms(calendar.next_handover_at);
  if (at === null || at <= now) return '';
  const when = atIn(at, zone, now);
  const on = shifts.filter(({ starts_at: from, ends_at: to }) => ms(from) <= at && ms(to) > at);
  const over = on.some(({ source }) => source === 'override') ? on.filter(({ source }) => source === 'override') : on;
  const users = [...new Set(over.flatMap((one) => one.users.map(userId)))];
  if (!on.length) return `Hand-over ${when}: nobody is planned then`;
  return `${peopleWords(people, users)} ${users.length === 1 ? 'takes' : 'take'} over ${when}`;
}

const monthNames = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', month: 'long', year: 'numeric' });
const dayMonth = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'long' });
const dayLong = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'long', day: 'numeric', month: 'long' });

/** "November 2026", "23 to 29 November 2026". */
export function rangeTitle(view, wall) {
  if (view === 'month') return monthNames.format(startOfMonth(wall));
  const from = startOfWeek(wall);
  const to = addDays(from, WEEK_DAYS - 1);
  const same = new Date(from).getUTCMonth() === new Date(to).getUTCMonth();
  return `${same ? new Date(from).getUTCDate() : dayMonth.format(from)} to ${dayMonth.format(to)} ${new Date(to).getUTCFullYear()}`;
}

export const dayTitle = (wall) => dayLong.format(wall).replace(',', '');

export const step = (view, wall, by) => (view === 'week' ? addDays(startOfWeek(wall), by * WEEK_DAYS) : addMonths(wall, by));
