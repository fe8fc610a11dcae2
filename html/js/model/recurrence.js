/**
 * Pure: what repeats, as RFC 5545 writes it: what is wrong with a rule and which moments it means.
 * The hub decides when a window is open; this only shows beforehand what was written.
 */
import { addDays, instantOf, startOfDay, wallOf } from './zoned.js';

const DAY_MS = 86_400_000;
const PERIODS_MAX = 2000;

/** As rules name days, in the order in which Date counts them. */
export const RULE_DAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const FREQUENCIES = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];

const whole = (low, high) => (text) => (/^[+-]?\d+$/.test(text) && Number(text) !== 0 && Math.abs(Number(text)) >= low && Math.abs(Number(text)) <= high ? Number(text) : null);
const positive = (high) => (text) => (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= high ? Number(text) : null);

function weekday(text) {
  const found = /^([+-]?\d{1,2})?(SU|MO|TU|WE|TH|FR|SA)$/.exec(text);
  return found && Number(found[1] ?? 1) !== 0 ? { nth: found[1] ? Number(found[1]) : 0, day: RULE_DAYS.indexOf(found[2]) } : null;
}

const list = (one) => (text) => {
  const values = text.split(',').map(one);
  return values.includes(null) ? null : values;
};

function until(text) {
  const found = /^(\d{4})(\d\d)(\d\d)(T(\d\d)(\d\d)(\d\d)(Z)?)?$/.exec(text);
  if (!found) return null;
  const [, year, month, day, time, hour, minute, second, utc] = found;
  const at = Date.UTC(year, month - 1, day, hour ?? 23, minute ?? 59, second ?? 59);
  return Number.isFinite(at) ? { at, utc: Boolean(time && utc) } : null;
}

/** Part to its reader and an example of it. */
const PARTS = {
  FREQ: [(text) => (FREQUENCIES.includes(text) ? text : null), 'DAILY, WEEKLY, MONTHLY or YEARLY'],
  INTERVAL: [positive(1000), 'a whole number from 1'],
  COUNT: [positive(100_000), 'a whole number from 1'],
  UNTIL: [until, 'a day or a moment, like 20271231 or 20271231T220000Z'],
  BYDAY: [list(weekday), 'days like MO,FR or 1MO or -1SU'],
  BYMONTHDAY: [list(whole(1, 31)), 'days of the month like 1,15 or -1'],
  BYMONTH: [list(positive(12)), 'months like 1,7'],
  BYSETPOS: [list(whole(1, 366)), 'positions like 1 or -1'],
  WKST: [(text) => (RULE_DAYS.includes(text) ? RULE_DAYS.indexOf(text) : null), 'a day like MO'],
};

/** {rule} or {error}. */
export function parseRule(text) {
  const body = text?.trim().toUpperCase().replace(/^RRULE:/, '') ?? '';
  if (!body) return { error: 'Enter a rule, like RRULE:FREQ=WEEKLY;BYDAY=SU' };
  const rule = {};
  for (const part of body.split(';').filter(Boolean)) {
    const [name, value = ''] = part.split('=');
    if (!PARTS[name]) return { error: `“${name}” is not understood in a rule` };
    const [read, like] = PARTS[name];
    rule[name] = read(value);
    if (rule[name] === null) return { error: `${name} takes ${like}` };
  }
  if (!rule.FREQ) return { error: 'A rule needs FREQ: DAILY, WEEKLY, MONTHLY or YEARLY' };
  if (rule.COUNT && rule.UNTIL) return { error: 'COUNT or UNTIL, not both' };
  if (['DAILY', 'WEEKLY'].includes(rule.FREQ) && rule.BYDAY?.some((one) => one.nth)) return { error: 'Days with a number, like 1MO, are for MONTHLY and YEARLY' };
  if (rule.FREQ === 'WEEKLY' && rule.BYMONTHDAY) return { error: 'BYMONTHDAY is not for WEEKLY' };
  return { rule };
}

/** The next so many starts that end after an instant, of a rule whose first is at `start` (an instant). */
export function ruleStarts(rule, start, zone, { after, count, lastsMs = 0 }) {
  const first = wallOf(start, zone);
  const found = [];
  let counted = 0;
  for (let n = 0; n < PERIODS_MAX && found.length < count; n += 1) {
    for (const wall of wallsOf(rule, first, n)) {
      if (wall < first) continue;
      const at = instantOf(wall, zone);
      counted += 1;
      if (isOver(rule, wall, at, counted)) return found;
      if (at + lastsMs > after && found.length < count) found.push(at);
    }
  }
  return found;
}

const isOver = ({ COUNT, UNTIL }, wall, at, counted) =>
  (COUNT && counted > COUNT) || (UNTIL && (UNTIL.utc ? at : wall) > UNTIL.at);

/** The wall times of the n-th period of a rule, in order. */
function wallsOf(rule, first, n) {
  const time = first - startOfDay(first);
  const step = n * (rule.INTERVAL ?? 1);
  const days = DAYS_OF[rule.FREQ](rule, startOfDay(first), step).filter((day) => fitsMonth(rule, day)).sort((a, b) => a - b);
  return atPositions(rule, [...new Set(days)]).map((day) => day + time);
}

const fitsMonth = ({ BYMONTH }, day) => !BYMONTH || BYMONTH.includes(new Date(day).getUTCMonth() + 1);

function atPositions({ BYSETPOS }, days) {
  if (!BYSETPOS) return days;
  const picked = BYSETPOS.map((at) => days.at(at > 0 ? at - 1 : at)).filter((day) => day !== undefined);
  return [...new Set(picked)].sort((a, b) => a - b);
}

const DAYS_OF = {
  DAILY(rule, first, step) {
    const day = addDays(first, step);
    const fits = (!rule.BYDAY || rule.BYDAY.some((one) => one.day === new Date(day).getUTCDay()))
      && (!rule.BYMONTHDAY || isMonthDay(rule, day));
    return fits ? [day] : [];
  },
  WEEKLY(rule, first, step) {
    const monday = addDays(first, 7 * step - ((new Date(first).getUTCDay() - (rule.WKST ?? 1) + 7) % 7));
    const wanted = rule.BYDAY?.map((one) => one.day) ?? [new Date(first).getUTCDay()];
    return [0, 1, 2, 3, 4, 5, 6].map((i) => addDays(monday, i)).filter((day) => wanted.includes(new Date(day).getUTCDay()));
  },
  MONTHLY(rule, first, step) {
    const date = new Date(first);
    return daysOfMonth(rule, Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + step, 1), date.getUTCDate());
  },
  YEARLY(rule, first, step) {
    const date = new Date(first);
    const year = date.getUTCFullYear() + step;
    if (rule.BYDAY && !rule.BYMONTH && !rule.BYMONTHDAY) return byWeekday(rule, yearDays(year));
    const months = rule.BYMONTH ?? (rule.BYMONTHDAY ? [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] : [date.getUTCMonth() + 1]);
    return months.flatMap((month) => daysOfMonth(rule, Date.UTC(year, month - 1, 1), date.getUTCDate()));
  },
};

function monthDays(day) {
  const date = new Date(day);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return Array.from({ length: last }, (_, i) => Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), i + 1));
}

function yearDays(year) {
  const first = Date.UTC(year, 0, 1);
  return Array.from({ length: (Date.UTC(year + 1, 0, 1) - first) / DAY_MS }, (_, i) => addDays(first, i));
}

function isMonthDay({ BYMONTHDAY }, day) {
  const date = new Date(day).getUTCDate();
  return BYMONTHDAY.some((one) => (one > 0 ? one === date : monthDays(day).length + one + 1 === date));
}

function daysOfMonth(rule, month, usual) {
  const days = monthDays(month);
  if (!rule.BYDAY && !rule.BYMONTHDAY) return days.filter((day) => new Date(day).getUTCDate() === usual);
  const some = rule.BYMONTHDAY ? days.filter((day) => isMonthDay(rule, day)) : days;
  if (!rule.BYDAY) return some;
  const fitting = byWeekday(rule, days);
  return some.filter((day) => fitting.includes(day));
}

/** The days of a month or year that BYDAY means; a number counts within that month or year. */
function byWeekday({ BYDAY }, days) {
  return BYDAY.flatMap(({ nth, day }) => {
    const same = days.filter((one) => new Date(one).getUTCDay() === day);
    if (!nth) return same;
    return same.at(nth > 0 ? nth - 1 : nth) ?? [];
  });
}
