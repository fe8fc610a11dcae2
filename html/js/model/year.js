/**
 * Pure: a year of days, month by month. Days are texts, "2026-11-22", in whatever time zone the hub
 * counted them; they are moved as days of the calendar, which no change of clocks can shift.
 */
import { duration, ms, plural } from '../format.js';
import { levelOf, percentWords } from './availability.js';

const DAY_MS = 86_400_000;
const WEEK_DAYS = 7;

const dayText = (utc) => new Date(utc).toISOString().slice(0, 10);
const weekday = (utc) => (new Date(utc).getUTCDay() + 6) % WEEK_DAYS;

const months = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', month: 'long' });

/** The twelve months: {name, lead (empty places before the first day), days: [text]}. */
export function monthsOfYear(year) {
  return Array.from({ length: 12 }, (_, month) => {
    const first = Date.UTC(year, month, 1);
    const count = Math.round((Date.UTC(year, month + 1, 1) - first) / DAY_MS);
    return { name: months.format(first), lead: weekday(first), days: Array.from({ length: count }, (_one, i) => dayText(first + i * DAY_MS)) };
  });
}

/** The hub's days by their texts; share 0..1 becomes percent. */
export function daysByText(days) {
  return new Map((days ?? []).map((one) => [String(one.day).slice(0, 10), { ...one, percent: one.availability === null || one.availability === undefined ? null : one.availability * 100 }]));
}

/** 'none' for no such day or nothing counted; otherwise a level, or what kept it from being counted. */
export function dayLevel(found) {
  if (!found) return 'none';
  if (found.percent !== null) return levelOf(found.percent);
  const [most] = [['maintenance', found.maintenance], ['paused', found.paused], ['no_data', found.no_data]].filter(([, seconds]) => seconds > 0).sort((a, b) => b[1] - a[1]);
  return most ? most[0] : 'none';
}

const REASONS = { maintenance: 'in maintenance', paused: 'paused', no_data: 'no data', none: 'nothing measured' };

/** What the numbers of a day say, in pieces. */
export function dayLines(found) {
  if (!found) return ['nothing measured'];
  const lines = [found.percent === null ? REASONS[dayLevel(found)] : `${percentWords(found.percent)} available`];
  if (found.downtime > 0) lines.push(`down for ${duration(found.downtime * 1000)}`);
  if (found.incidents > 0) lines.push(plural(found.incidents, 'incident'));
  if (found.percent !== null) for (const [key, words] of [['maintenance', 'in maintenance'], ['paused', 'paused'], ['no_data', 'without data']]) if (found[key] > 0) lines.push(`${duration(found[key] * 1000)} ${words}`);
  return lines;
}

const titles = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });

/** "Sunday, 22 November 2026" */
export const dayTitle = (day) => titles.format(Date.parse(`${day}T00:00Z`)).replace(/^(\w+) /, '$1, ');

/** A day moved by so many days, kept in its year. */
export function moveDay(day, by) {
  const year = Number(day.slice(0, 4));
  const moved = Date.parse(`${day}T00:00Z`) + by * DAY_MS;
  return dayText(Math.min(Math.max(moved, Date.UTC(year, 0, 1)), Date.UTC(year, 11, 31)));
}

/** What the arrows do in a calendar of weeks as rows: [days, or null, months]. */
const KEYS = { ArrowLeft: [-1], ArrowRight: [1], ArrowUp: [-WEEK_DAYS], ArrowDown: [WEEK_DAYS], PageUp: [null, -1], PageDown: [null, 1] };

/** The day a key leads to; undefined for another key. */
export function dayByKey(day, key) {
  const [days, by] = KEYS[key] ?? [];
  if (days === undefined) return undefined;
  return days === null ? moveMonth(day, by) : moveDay(day, days);
}

/** The same day of the month before or after, kept in its year. */
export function moveMonth(day, by) {
  const [year, month, date] = day.split('-').map(Number);
  const wanted = Math.min(Math.max(month - 1 + by, 0), 11);
  const last = new Date(Date.UTC(year, wanted + 1, 0)).getUTCDate();
  return dayText(Date.UTC(year, wanted, Math.min(date, last)));
}

/** Of all days at once: {counted, perfect, downtime}. Incidents are not added up: one may reach into two days. */
export function yearSummary(days) {
  const counted = days.filter(({ availability }) => availability !== null && availability !== undefined);
  return { counted: counted.length, perfect: counted.filter(({ availability }) => availability >= 1).length, downtime: counted.reduce((sum, one) => sum + (one.downtime ?? 0), 0) };
}

/** Whether an incident reaches into a stretch of time. */
export const onDay = (incident, from, to) => ms(incident.started_at) < to && (incident.resolved_at === null || incident.resolved_at === undefined || ms(incident.resolved_at) > from);
