/** Pure: repetition as the form builds it and as people say it, over the rules of recurrence.js and cron.js. */
import { listed } from '../format.js';
import { DAYS, nth } from './calendar.js';
import { cronNext, cronWords, parseCron, weekdayWords } from './cron.js';
import { RULE_DAYS, parseRule, ruleStarts } from './recurrence.js';
import { wallOf } from './zoned.js';

export const FREQUENCIES = [['daily', 'Daily'], ['weekly', 'Weekly'], ['monthly', 'Monthly'], ['expert', 'Expert']];
export const POSITIONS = [[1, 'first'], [2, 'second'], [3, 'third'], [4, 'fourth'], [-1, 'last']];

export const isRule = (text) => /^\s*RRULE:|^\s*FREQ=/i.test(text ?? '');

/** What is wrong with what an expert wrote: a rule or a cron expression. */
export const checkRecurrence = (text) => (isRule(text) ? parseRule(text) : parseCron(text)).error;

/** The recurrence that the fields of the form stand for. */
export function recurrenceOf(fields) {
  if (fields.repeat === 'expert') return fields.expert.trim();
  const parts = [`FREQ=${fields.repeat.toUpperCase()}`];
  if (Number(fields.interval) > 1) parts.push(`INTERVAL=${Number(fields.interval)}`);
  if (fields.repeat === 'weekly') parts.push(`BYDAY=${inWeek(fields.weekdays).map((one) => RULE_DAYS[one]).join(',')}`);
  if (fields.repeat === 'monthly') parts.push(monthPart(fields));
  if (fields.until === 'count') parts.push(`COUNT=${Number(fields.until_count)}`);
  if (fields.until === 'date') parts.push(`UNTIL=${fields.until_date.replaceAll('-', '')}T235959`);
  return `RRULE:${parts.join(';')}`;
}

const inWeek = (days) => [...days].sort((a, b) => (a + 6) % 7 - (b + 6) % 7);

function monthPart({ month_by: by, month_day: day, month_position: position, month_weekday: weekday }) {
  return by === 'day' ? `BYMONTHDAY=${day}` : `BYDAY=${position}${RULE_DAYS[Number(weekday)]}`;
}

/** The fields a recurrence stands for; what the builder cannot show is left to the expert. */
export function repeatFields(text) {
  const expert = { repeat: 'expert', expert: text };
  const { rule } = isRule(text) ? parseRule(text) : {};
  if (!rule || rule.BYMONTH || rule.BYSETPOS || (rule.WKST ?? 1) !== 1 || rule.FREQ === 'YEARLY') return expert;
  const fields = { repeat: rule.FREQ.toLowerCase(), interval: String(rule.INTERVAL ?? 1), ...untilFields(rule) };
  const rest = REST_OF[rule.FREQ](rule);
  return rest && fields.until ? { ...fields, ...rest } : expert;
}

const REST_OF = {
  DAILY: (rule) => (rule.BYDAY || rule.BYMONTHDAY ? null : {}),
  WEEKLY: (rule) => (rule.BYDAY ? { weekdays: rule.BYDAY.map(({ day }) => day) } : null),
  MONTHLY(rule) {
    const [day] = rule.BYMONTHDAY ?? [];
    const [weekday] = rule.BYDAY ?? [];
    if ((rule.BYMONTHDAY?.length ?? 0) + (rule.BYDAY?.length ?? 0) !== 1) return null;
    if (weekday) return POSITIONS.some(([one]) => one === weekday.nth) ? { month_by: 'weekday', month_position: String(weekday.nth), month_weekday: String(weekday.day) } : null;
    return day > 0 || day === -1 ? { month_by: 'day', month_day: String(day) } : null;
  },
};

function untilFields({ COUNT, UNTIL }) {
  if (COUNT) return { until: 'count', until_count: String(COUNT) };
  if (!UNTIL) return { until: 'never' };
  return UNTIL.utc ? {} : { until: 'date', until_date: new Date(UNTIL.at).toISOString().slice(0, 10) };
}

/** The starts that come next, whichever way they are written. */
export function nextStarts({ recurrence, startsAt, zone, after, count, lastsMs }) {
  if (!isRule(recurrence)) return cronNext(recurrence, zone, Math.max(after - lastsMs, startsAt - 1), count);
  const { rule } = parseRule(recurrence);
  return rule ? ruleStarts(rule, startsAt, zone, { after, count, lastsMs }) : [];
}

/** "Every 2 weeks on Sunday at 02:00"; the time of day is the first occurrence's. */
export function recurrenceWords(recurrence, startsAt, zone) {
  if (!isRule(recurrence)) return cronWords(recurrence);
  const { rule } = parseRule(recurrence);
  if (!rule) return recurrence;
  const wall = wallOf(startsAt, zone);
  const time = new Date(wall).toISOString().slice(11, 16);
  return `${RULE_WORDS[rule.FREQ](rule, new Date(wall))}${monthWords(rule)}${endWords(rule)} at ${time}`;
}

const everyOf = (unit, { INTERVAL = 1 }) => (INTERVAL === 1 ? `every ${unit}` : INTERVAL === 2 ? `every other ${unit}` : `every ${INTERVAL} ${unit}s`);
const dates = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
const monthNames = new Intl.DateTimeFormat('en-GB', { month: 'long', timeZone: 'UTC' });
const monthWords = ({ BYMONTH, FREQ }) => (BYMONTH && FREQ !== 'YEARLY' ? ` in ${listed(BYMONTH.map((one) => monthNames.format(Date.UTC(2000, one - 1, 1))))}` : '');

const RULE_WORDS = {
  DAILY: (rule) => `${everyOf('day', rule)}${rule.BYDAY ? `, if it is ${weekdayWords(rule.BYDAY.map((one) => one.day))}` : ''}`,
  WEEKLY: (rule, first) => `${everyOf('week', rule)} on ${weekdayWords(rule.BYDAY?.map((one) => one.day) ?? [first.getUTCDay()])}`,
  MONTHLY: (rule, first) => `${everyOf('month', rule)} on ${monthDayWords(rule, first)}`,
  YEARLY(rule, first) {
    const months = rule.BYMONTH ?? [first.getUTCMonth() + 1];
    return `${everyOf('year', rule)} on ${monthDayWords(rule, first)} of ${listed(months.map((one) => monthNames.format(Date.UTC(2000, one - 1, 1))))}`;
  },
};

function monthDayWords(rule, first) {
  const positions = rule.BYSETPOS ? `, only the ${listed(rule.BYSETPOS.map(positionWord))} of them` : '';
  const days = rule.BYMONTHDAY ?? (rule.BYDAY ? [] : [first.getUTCDate()]);
  const words = [...days.map((day) => `the ${day > 0 ? nth(day) : day === -1 ? 'last day' : `${nth(-day)} day from the end`}`), ...(rule.BYDAY ?? []).map(ordinalDay)];
  return (rule.BYDAY && rule.BYMONTHDAY ? `${listed(words.slice(0, days.length))}, if it is ${listed(rule.BYDAY.map(({ day }) => DAYS[day]))}` : listed(words)) + positions;
}

const positionWord = (at) => POSITIONS.find(([one]) => one === at)?.[1] ?? (at > 0 ? nth(at) : `${nth(-at)} to last`);
const ordinalDay = ({ nth: at, day }) => (at ? `the ${positionWord(at)} ${DAYS[day]}` : `every ${DAYS[day]}`);

function endWords({ COUNT, UNTIL }) {
  if (COUNT) return `, ${COUNT === 1 ? 'once' : `${COUNT} times`},`;
  return UNTIL ? `, until ${dates.format(UNTIL.at)},` : '';
}
