/**
 * Pure: cron expressions: what is wrong with one, what one says in words, and when it runs next.
 * Five fields, lists, ranges, steps, names, @hourly and the like; when both the day of the month
 * and the day of the week are restricted, either will do, as in cron(5).
 */
import { listed } from '../format.js';
import { DAYS, nth } from './calendar.js';
import { addDays, instantOf, instantsOf, startOfDay, wallOf } from './zoned.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const DAYS_LOOKED_AT_MAX = 5 * 366;
const TIMES_TOLD_MAX = 4;

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

const NICKNAMES = {
  '@hourly': '0 * * * *', '@daily': '0 0 * * *', '@midnight': '0 0 * * *', '@weekly': '0 0 * * 0', '@monthly': '0 0 1 * *', '@yearly': '0 0 1 1 *', '@annually': '0 0 1 1 *',
};

const shortNames = (names, first) => Object.fromEntries(names.map((name, i) => [name.slice(0, 3).toLowerCase(), i + first]));

const FIELDS = [
  { name: 'minute', low: 0, high: 59 },
  { name: 'hour', low: 0, high: 23 },
  { name: 'day of the month', low: 1, high: 31 },
  { name: 'month', low: 1, high: 12, names: shortNames(MONTHS, 1) },
  { name: 'day of the week', low: 0, high: 7, names: shortNames(DAYS, 0) },
];

/** {fields} with the sorted values of each field, or {error}. */
export function parseCron(expression) {
  const text = expression?.trim() ?? '';
  if (!text) return { error: 'Enter a cron expression, like 0 2 * * *' };
  if (text.startsWith('@') && !NICKNAMES[text.toLowerCase()]) return { error: `There is no ${text}: use ${Object.keys(NICKNAMES).slice(0, 5).join(', ')} or five fields` };
  const words = (NICKNAMES[text.toLowerCase()] ?? text).split(/\s+/);
  if (words.length !== FIELDS.length) return { error: `Five fields with spaces between: minute, hour, day of the month, month, day of the week; this has ${words.length}` };
  const fields = [];
  for (const [i, word] of words.entries()) {
    const field = parseField(word, FIELDS[i]);
    if (field.error) return field;
    fields.push(field);
  }
  return neverRuns(fields) ? { error: 'There is no such day: it would never run' } : { fields };
}

/** 30 February. */
function neverRuns([, , days, months, weekdays]) {
  if (days.all || !weekdays.all) return false;
  const longest = { 2: 29, 4: 30, 6: 30, 9: 30, 11: 30 };
  return months.values.every((month) => days.values[0] > (longest[month] ?? 31));
}

function parseField(word, { name, low, high, names }) {
  const values = new Set();
  let step = 0;
  for (const part of word.split(',')) {
    const found = /^(\*|([0-9a-z]+)(-([0-9a-z]+))?)(\/(\d+))?$/i.exec(part);
    if (!found) return { error: `“${part}” is no ${name}` };
    const [, whole, fromText, , toText, , stepText] = found;
    const valueOf = (text) => names?.[text.toLowerCase()] ?? (/^\d+$/.test(text) ? Number(text) : NaN);
    const from = whole === '*' ? low : valueOf(fromText);
    const to = whole === '*' ? high : toText ? (high === 7 && /^sun$/i.test(toText) ? 7 : valueOf(toText)) : stepText ? high : from;
    const by = Number(stepText ?? 1);
    if (!(from >= low && to <= high)) return { error: `The ${name} is between ${low} and ${high}, not “${part}”` };
    if (from > to) return { error: `The ${name} “${part}” goes backwards` };
    if (by < 1) return { error: `A step of 0 in “${part}” leads nowhere` };
    if (whole === '*') step = by;
    for (let value = from; value <= to; value += by) values.add(high === 7 && value === 7 ? 0 : value);
  }
  const whole = word.startsWith('*');
  return { all: word === '*', starred: whole, step: word.includes(',') ? 0 : step, values: [...values].sort((a, b) => a - b) };
}

const dayFits = ([, , days, , weekdays], date) => {
  const byDay = days.values.includes(date.getUTCDate());
  const byWeekday = weekdays.values.includes(date.getUTCDay());
  return days.starred || weekdays.starred ? byDay && byWeekday : byDay || byWeekday;
};

/** The next so many runs after an instant, fewer if there are none within five years. */
export function cronNext(expression, zone, after, count) {
  const { fields } = parseCron(expression);
  if (!fields) return [];
  const [, , , months] = fields;
  const runs = [];
  let day = startOfDay(wallOf(after, zone));
  for (let looked = 0; looked < DAYS_LOOKED_AT_MAX && runs.length < count; looked += 1, day = addDays(day, 1)) {
    const date = new Date(day);
    if (!months.values.includes(date.getUTCMonth() + 1) || !dayFits(fields, date)) continue;
    runs.push(...runsOfDay(day, fields, zone, runs.at(-1) ?? after, count - runs.length));
  }
  return runs;
}

/** Fixed times keep their number when clocks change, as in cron(8); what begins with * follows the new time at once. */
function runsOfDay(day, [minutes, hours], zone, after, wanted) {
  const every = minutes.starred || hours.starred;
  const changes = instantOf(day + DAY_MS, zone) - instantOf(day, zone) !== DAY_MS;
  const runs = [];
  for (const hour of hours.values) {
    if (!changes && instantOf(day + (hour + 1) * HOUR_MS, zone) <= after) continue;
    for (const minute of minutes.values) {
      const wall = day + hour * HOUR_MS + minute * MINUTE_MS;
      const found = every && changes ? instantsOf(wall, zone) : [instantOf(wall, zone)];
      runs.push(...found.filter((run) => run > after));
      if (!changes && runs.length >= wanted) return runs;
    }
  }
  return [...new Set(runs)].sort((a, b) => a - b).slice(0, wanted);
}

/** "every day at 02:00", "every 5 minutes", "on Monday to Friday at 09:30". */
export function cronWords(expression) {
  const { fields } = parseCron(expression);
  if (!fields) return expression;
  const [minutes, hours, days, months, weekdays] = fields;
  const day = dayWords(days, weekdays);
  const month = months.all ? '' : ` in ${listed(months.values.map((one) => MONTHS[one - 1]))}`;
  const times = timeWords(minutes, hours);
  if (times.startsWith('at ')) return `${day || 'every day'}${month} ${times}`;
  return `${times}${day && ` ${day}`}${month}`;
}

function timeWords(minutes, hours) {
  if (hours.values.length * minutes.values.length <= TIMES_TOLD_MAX) {
    return `at ${listed(hours.values.flatMap((hour) => minutes.values.map((minute) => `${two(hour)}:${two(minute)}`)))}`;
  }
  const within = hours.all ? '' : hours.step > 1 ? `, in every ${nth(hours.step)} hour` : `, from ${hourWords(hours.values)}`;
  if (minutes.all) return `every minute${within}`;
  if (minutes.step > 1) return `every ${minutes.step} minutes${within}`;
  const at = minutes.values.length === 1 && minutes.values[0] === 0 ? '' : ` at ${minutes.values.length === 1 ? 'minute' : 'minutes'} ${listed(minutes.values.map(String))}`;
  if (hours.all) return `every hour${at}`;
  if (hours.step > 1) return `every ${hours.step} hours${at}`;
  return `every hour${at}${within}`;
}

/** Runs of hours: "08:00 to 18:59". */
function hourWords(hours) {
  const runs = [];
  for (const hour of hours) {
    const last = runs.at(-1);
    if (last && last[1] === hour - 1) last[1] = hour;
    else runs.push([hour, hour]);
  }
  return listed(runs.map(([from, to]) => `${two(from)}:00 to ${two(to)}:59`));
}

const two = (number) => String(number).padStart(2, '0');

function dayWords(days, weekdays) {
  const byWeekday = weekdays.all ? '' : `on ${weekdayWords(weekdays.values)}`;
  const byDay = days.all ? '' : days.step > 1 ? `on every ${nth(days.step)} day of the month` : `on the ${listed(days.values.map(nth))} of the month`;
  if (byDay && byWeekday) return days.starred || weekdays.starred ? `${byWeekday}, if ${byDay}` : `${byDay} and ${byWeekday}`;
  return byDay || byWeekday;
}

/** Weekdays counted from Sunday; a run of three or more becomes "Monday to Friday". */
export function weekdayWords(values) {
  const order = [...values].sort((a, b) => (a + 6) % 7 - (b + 6) % 7);
  const spots = order.map((one) => (one + 6) % 7);
  const run = spots.every((spot, i) => i === 0 || spot === spots[i - 1] + 1);
  if (run && order.length > 2) return `${DAYS[order[0]]} to ${DAYS[order.at(-1)]}`;
  return listed(order.map((one) => DAYS[one]));
}
