/** Pure: numbers and times as people read them. Times are shown in the browser's zone. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const dayYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });

/** Milliseconds since the epoch of an ISO string, a number or null. */
export function ms(time) {
  if (time === null || time === undefined) return null;
  const value = typeof time === 'number' ? time : Date.parse(time);
  return Number.isFinite(value) ? value : null;
}

/** "12 s", "3 min 12 s", "4 h 7 min", "12 d 3 h": two units, the smaller one left out from a day of hours on. */
export function duration(length) {
  const t = Math.max(0, length);
  if (t < MINUTE) return `${Math.floor(t / SECOND)} s`;
  if (t < HOUR) return pair(t, MINUTE, 'min', SECOND, 's');
  if (t < DAY) return pair(t, HOUR, 'h', MINUTE, 'min');
  return pair(t, DAY, 'd', HOUR, 'h');
}

function pair(t, big, bigName, small, smallName) {
  const rest = Math.floor((t % big) / small);
  const head = `${Math.floor(t / big)} ${bigName}`;
  return rest ? `${head} ${rest} ${smallName}` : head;
}

/** "every 30 s", "every minute", "every 90 s", "every 2 h". */
export function every(seconds) {
  if (seconds === 60) return 'every minute';
  if (seconds === 3600) return 'every hour';
  if (seconds === 86400) return 'every day';
  return `every ${span(seconds)}`;
}

/** A whole number of seconds in the largest unit that divides it. */
export function span(seconds) {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  if (seconds % 60 === 0) return `${seconds / 60} min`;
  return `${seconds} s`;
}

/** Microseconds as a response time: "0.42 ms", "8.3 ms", "142 ms", "2.41 s". */
export function micros(us) {
  if (us === null || us === undefined || us < 0) return '–';
  return millis(us / 1000);
}

export function millis(value) {
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  if (value >= 1000) return `${(value / 1000).toFixed(2)} s`;
  if (value >= 99.5) return `${Math.round(value)} ms`;
  if (value >= 10) return `${value.toFixed(1)} ms`;
  return `${value.toFixed(value >= 1 ? 1 : 2)} ms`;
}

/** "08:41:05" today, "21 Nov, 08:41:05" before, with the year when it is another one. */
export function when(time, today = Date.now()) {
  const t = ms(time);
  if (t === null) return '–';
  const date = new Date(t);
  const ref = new Date(today);
  if (date.toDateString() === ref.toDateString()) return clock.format(date);
  const names = date.getFullYear() === ref.getFullYear() ? day : dayYear;
  return `${names.format(date)}, ${clock.format(date)}`;
}

/** "12 Mar 2027" */
export const date = (time) => dayYear.format(new Date(ms(time)));

/** The exact instant, for titles: "2026-11-22 08:41:05.120 UTC". */
export function utc(time) {
  const t = ms(time);
  return t === null ? '' : new Date(t).toISOString().replace('T', ' ').replace('Z', ' UTC');
}

export const plural = (n, one, many = `${one}s`) => `${n.toLocaleString()} ${n === 1 ? one : many}`;

/** "a", "a and b", "a, b and c". */
export function listed(words) {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
