/**
 * Pure: wall clocks of time zones, by the zones the browser knows. A wall time is milliseconds as
 * if it were UTC: so days and months are counted with the UTC methods of Date, and only here is
 * known what a zone makes of it.
 */
import { ms } from '../format.js';

const DAY_MS = 86_400_000;
const SECOND_MS = 1000;

const formats = new Map();

/** Throws a RangeError when there is no such zone. */
function formatOf(zone) {
  if (!formats.has(zone)) {
    formats.set(zone, new Intl.DateTimeFormat('en-US', {
      timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
    }));
  }
  return formats.get(zone);
}

export function isZone(zone) {
  try { return Boolean(zone && formatOf(zone)); } catch { return false; }
}

export const localZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

/** Every zone there is to choose from; UTC first, since servers keep it. */
export const zones = () => ['UTC', ...(Intl.supportedValuesOf?.('timeZone') ?? []).filter((one) => one !== 'UTC')];

/** What the clock on the wall shows at an instant. */
export function wallOf(instant, zone) {
  const parts = Object.fromEntries(formatOf(zone).formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
}

/** What it would be by the offsets of the day before and the day after, the earlier first. */
function guesses(wall, zone) {
  const offsets = [wall - DAY_MS, wall + DAY_MS].map((around) => wallOf(around, zone) - around);
  return offsets.map((offset) => wall - offset).sort((a, b) => a - b);
}

/** Every moment at which the clock shows this: one, and none or two when it is changed. */
export const instantsOf = (wall, zone) => [...new Set(guesses(wall, zone))].filter((instant) => wallOf(instant, zone) === wall);

/** One moment for each: of two the first, and where the clock jumps over it the moment of the jump. */
export function instantOf(wall, zone) {
  const [first, last] = guesses(wall, zone);
  return instantsOf(wall, zone)[0] ?? jumpBetween(first, last, zone);
}

function jumpBetween(low, high, zone) {
  const before = wallOf(low, zone) - low;
  let [from, to] = [low, high];
  while (to - from > SECOND_MS) {
    const middle = from + Math.floor((to - from) / 2 / SECOND_MS) * SECOND_MS;
    if (wallOf(middle, zone) - middle === before) from = middle;
    else to = middle;
    if (middle === low) break;
  }
  return to;
}

export const startOfDay = (wall) => Math.floor(wall / DAY_MS) * DAY_MS;
export const addDays = (wall, days) => wall + days * DAY_MS;

/** "2026-11-22T02:00", as a field for date and time has it. */
export const wallText = (wall) => new Date(wall).toISOString().slice(0, 16);

/** The wall time of such a text; null when it is none. */
export function wallFromText(text) {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text ?? '')) return null;
  const wall = Date.parse(`${text}Z`);
  return Number.isFinite(wall) ? wall : null;
}

const dayNames = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'short' });
const dayYearNames = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });

export const timeText = (wall, seconds = false) => new Date(wall).toISOString().slice(11, seconds ? 19 : 16);

/** {day, time} as the zone's calendar has them: "tomorrow" or "Mon 23 Nov", and "02:00". */
function dayAndTime(instant, zone, now, seconds) {
  const wall = wallOf(ms(instant), zone);
  const today = wallOf(now, zone);
  const near = { '-1': 'yesterday', 0: 'today', 1: 'tomorrow' }[(startOfDay(wall) - startOfDay(today)) / DAY_MS];
  const names = new Date(wall).getUTCFullYear() === new Date(today).getUTCFullYear() ? dayNames : dayYearNames;
  return { near, day: near ?? names.format(wall).replace(',', ''), time: timeText(wall, seconds) };
}

/** "today 02:00", "Mon 23 Nov, 02:00"; or to the second. */
export function whenIn(instant, zone, now, seconds) {
  const { near, day, time } = dayAndTime(instant, zone, now, seconds);
  return `${day}${near ? '' : ','} ${time}`;
}

/** The same inside a sentence: "at 02:00", "tomorrow at 02:00", "on Mon 23 Nov at 02:00". */
export function atIn(instant, zone, now, seconds) {
  const { near, day, time } = dayAndTime(instant, zone, now, seconds);
  if (near === 'today') return `at ${time}`;
  return `${near ? '' : 'on '}${day} at ${time}`;
}
