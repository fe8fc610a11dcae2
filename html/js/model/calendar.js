/** Pure: days and spans of time in words. */
import { listed, plural } from '../format.js';

/** As Date counts them. */
export const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** As a week is written down, with the API's name of each. */
export const WEEK = [['mon', 'Monday'], ['tue', 'Tuesday'], ['wed', 'Wednesday'], ['thu', 'Thursday'], ['fri', 'Friday'], ['sat', 'Saturday'], ['sun', 'Sunday']];

export const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);

/** "1st", "2nd", "11th". */
export function nth(number) {
  const teen = number % 100 >= 11 && number % 100 <= 13;
  return `${number}${(!teen && { 1: 'st', 2: 'nd', 3: 'rd' }[number % 10]) || 'th'}`;
}

/** [singular, seconds], largest first. */
export const UNITS = [['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1]];

/** "5 minutes", "1 hour and 30 minutes": two units at most. */
export function spanWords(seconds) {
  const parts = [];
  let rest = Math.max(0, Math.floor(seconds));
  for (const [unit, length] of UNITS) {
    const count = Math.floor(rest / length);
    if (count) parts.push(plural(count, unit));
    rest -= count * length;
  }
  return parts.length ? listed(parts.slice(0, 2)) : 'no time';
}

/** "every minute", "every 5 minutes". */
export const everyWords = (seconds) => `every ${spanWords(seconds).replace(/^1 (?!.* and )/, '')}`;

/** A span as a number and a unit, in the largest that divides it. */
export function unitsOf(seconds) {
  if (!seconds) return { count: '', unit: 'minute' };
  const [unit, length] = UNITS.find(([, one]) => seconds % one === 0);
  return { count: String(seconds / length), unit };
}

/** And back; null when there is no whole number. */
export function secondsOf({ count, unit }) {
  if (!/^\d{1,9}$/.test(String(count).trim())) return null;
  return Number(count) * Object.fromEntries(UNITS)[unit];
}

/** "on Monday to Friday", of the API's names of days; "every day" for all of them. */
export function daysWords(days) {
  if (!days || days.length === 7) return 'every day';
  const spots = WEEK.map(([name], i) => (days.includes(name) ? i : -1)).filter((i) => i >= 0);
  const run = spots.length > 2 && spots.at(-1) - spots[0] === spots.length - 1;
  return `on ${run ? `${WEEK[spots[0]][1]} to ${WEEK[spots.at(-1)][1]}` : listed(spots.map((i) => WEEK[i][1]))}`;
}
