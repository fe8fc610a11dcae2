/** Pure: how long each class of history is kept; days, null for ever or, of a team, as the installation. */
import { plural } from '../format.js';

/** [key, title, what it is]. */
export const CLASSES = [
  ['ticks', 'Every result', 'Each check with its phases, address and evidence.'],
  ['hours', 'Hours', 'Counts and percentiles of each hour, for charts of weeks.'],
  ['days', 'Days', 'Counts and percentiles of each day, for charts of years.'],
  ['incidents', 'Incidents', 'With their timelines, comments and evidence. Availability is made of them.'],
];

const CHOICES = [8, 14, 30, 60, 90, 180, 365, 730, 1095, 1825, 3650];
const LOWEST = { incidents: 30 };
const YEAR_DAYS = 365;

/** "8 days", "1 year", "for ever". */
export function daysWords(days) {
  if (days === null || days === undefined) return 'for ever';
  return days % YEAR_DAYS === 0 ? plural(days / YEAR_DAYS, 'year') : plural(days, 'day');
}

/** What a field may be: [text, words], with what it is now; nothing: words. */
export function choicesOf(key, held, nothing) {
  const days = CHOICES.filter((one) => one >= (LOWEST[key] ?? 0));
  const all = held === null || held === undefined || days.includes(held) ? days : [...days, held].sort((a, b) => a - b);
  return [['', nothing], ...all.map((one) => [String(one), daysWords(one)])];
}

export const fieldsOf = (part) => Object.fromEntries(CLASSES.map(([key]) => [key, part?.[key] === null || part?.[key] === undefined ? '' : String(part[key])]));

/** Only what was changed. */
export const bodyOf = (fields, part) => Object.fromEntries(CLASSES.filter(([key]) => fields[key] !== fieldsOf(part)[key]).map(([key]) => [key, fields[key] === '' ? null : Number(fields[key])]));

const endless = (days) => days ?? Infinity;

/** Titles of what is kept shorter afterwards; of a team null is what the installation has. */
export function shortened(part, body, installation) {
  return CLASSES.filter(([key]) => key in body && endless(body[key] ?? installation?.[key]) < endless(part?.[key] ?? installation?.[key])).map(([, title]) => title.toLowerCase());
}
