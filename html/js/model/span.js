/**
 * Pure: the stretch of time that history is asked for. Either one of a few that end now, or any
 * other, as the page's address has it: ?range=30d, or ?from=...&to=... in UTC.
 */
import { date, ms } from '../format.js';

const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** [key, words, length in ms]. */
export const SPANS = [['24h', '24 hours', DAY_MS], ['7d', '7 days', 7 * DAY_MS], ['30d', '30 days', 30 * DAY_MS], ['90d', '90 days', 90 * DAY_MS], ['365d', '365 days', 365 * DAY_MS]];
export const OTHER = 'other';

const SHORTEST_MS = 60_000;
const LONGEST_MS = 20 * 366 * DAY_MS;

/** {key, from, to}: from and to only of another one. */
export function spanOf(query, fallback) {
  const given = new URLSearchParams(query);
  const [from, to] = [given.get('from'), given.get('to')].map((text) => (text ? ms(text) : null));
  if (from !== null && to !== null && to - from >= SHORTEST_MS && to - from <= LONGEST_MS) return { key: OTHER, from, to };
  const key = given.get('range');
  return { key: SPANS.some(([one]) => one === key) ? key : fallback };
}

const utcMinute = (time) => `${new Date(time).toISOString().slice(0, 16)}Z`;

/** The same for the address; what is the default is not written. */
export const spanQuery = ({ key, from, to }, fallback) => (key === OTHER
  ? { range: '', from: utcMinute(from), to: utcMinute(to) } : { range: key === fallback ? '' : key, from: '', to: '' });

/** {from, to} in ms. */
export function boundsOf(span, now) {
  if (span.key === OTHER) return { from: span.from, to: Math.min(span.to, Math.max(now, span.from + SHORTEST_MS)) };
  return { from: now - SPANS.find(([key]) => key === span.key)[2], to: now };
}

/** The same as a query of the API. */
export function boundsQuery(span, now) {
  const { from, to } = boundsOf(span, now);
  return new URLSearchParams({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });
}

const midnight = (time) => { const day = new Date(time); return day.getHours() === 0 && day.getMinutes() === 0; };
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

/** "Last 30 days", "1 Oct 2026 to 31 Oct 2026", "3 Oct 2026, 14:00 to 18:30": whole days by their days. */
export function spanWords(span) {
  if (span.key !== OTHER) return `Last ${SPANS.find(([key]) => key === span.key)[1]}`;
  const { from, to } = span;
  if (midnight(from) && midnight(to)) {
    const last = date(to - 1);
    return date(from) === last ? last : `${date(from)} to ${last}`;
  }
  const end = date(from) === date(to) ? clock.format(to) : `${date(to)}, ${clock.format(to)}`;
  return `${date(from)}, ${clock.format(from)} to ${end}`;
}

const two = (number) => String(number).padStart(2, '0');

/** A day as a date field has it, in the browser's zone. */
export function dayText(time) {
  const day = new Date(time);
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

/** First and last day of two date fields, as an other span; or {error}. */
export function spanOfDays(first, last, now) {
  const [from, until] = [first, last].map((text) => (/^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00`) : null));
  if (!from || !until || !Number.isFinite(+from) || !Number.isFinite(+until)) return { error: 'Give both days.' };
  if (until < from) return { error: 'The last day is before the first.' };
  if (+from > now) return { error: 'That has not happened yet.' };
  until.setDate(until.getDate() + 1);
  if (until - from > LONGEST_MS) return { error: 'That is too long: at most 20 years.' };
  return { span: { key: OTHER, from: +from, to: +until } };
}

/** This month and the one before, whole, in the browser's zone: [words, span]. */
export function monthsOf(now) {
  const here = new Date(now);
  const first = (back) => +new Date(here.getFullYear(), here.getMonth() - back, 1);
  return [['This month', { key: OTHER, from: first(0), to: first(-1) }], ['Last month', { key: OTHER, from: first(1), to: first(0) }]];
}

/** As long again, earlier (-1) or later (1), not beyond now. */
export function moved(span, by, now) {
  const { from, to } = boundsOf(span, now);
  const shift = Math.min(by * (to - from), now - to);
  return { key: OTHER, from: from + shift, to: to + shift };
}

const ZOOM_MIN_MS = HOUR_MS;

/** Around the same middle, longer or shorter by this factor, not beyond now. */
export function scaled(span, factor, now) {
  const { from, to } = boundsOf(span, now);
  const length = Math.min(Math.max((to - from) * factor, ZOOM_MIN_MS), LONGEST_MS);
  const end = Math.min(now, (from + to) / 2 + length / 2);
  return { key: OTHER, from: end - length, to: end };
}

/** A stretch that was drawn with the pointer: never shorter than there is something to see. */
export function drawn(from, to, now) {
  const length = Math.max(to - from, ZOOM_MIN_MS);
  const end = Math.min(now, from + length);
  return { key: OTHER, from: end - length, to: end };
}
