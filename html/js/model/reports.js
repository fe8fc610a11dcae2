/** Pure: scheduled reports, and what was made of them, in words. */
import { listed, ms, plural } from '../format.js';
import { lengthWords, percentWords } from './availability.js';
import { isZone, whenIn } from './zoned.js';

const UTC = { timeZone: 'UTC' };
const month = new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric', ...UTC });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric', ...UTC });

export const PERIODS = [['week', 'Every week'], ['month', 'Every month']];
export const KIND_WORDS = { week: 'Weekly report', month: 'Monthly report' };

const dateOf = (text) => new Date(`${text}T00:00:00Z`);

/** "November 2026", "16 – 22 Nov 2026"; days are those of the report's zone. */
export function daysWords(first, last) {
  const [from, to] = [dateOf(first), dateOf(last)];
  if (Number.isNaN(from.getTime()) || Number.isNaN(to.getTime())) return '–';
  const wholeMonth = from.getUTCDate() === 1 && new Date(to.getTime() + 86_400_000).getUTCDate() === 1 && to - from < 32 * 86_400_000;
  return wholeMonth ? month.format(from) : day.formatRange(from, to);
}

export const zoneOf = (report) => (isZone(report.timezone_iana ?? report.timezone) ? report.timezone_iana ?? report.timezone : 'UTC');

export function scopeWords(report) {
  if (report.all_monitors) return 'every monitor';
  return plural(report.monitor_ids?.length ?? 0, 'monitor');
}

/** "to 2 members and 1 e-mail channel", "kept here, sent to nobody". */
export function receiverWords(report) {
  const [people, channels] = [report.user_ids?.length ?? 0, report.channel_ids?.length ?? 0];
  const words = [people && plural(people, 'member'), channels && plural(channels, 'e-mail channel')].filter(Boolean);
  return words.length ? `to ${listed(words)}` : 'kept here, sent to nobody';
}

export const reportWords = (report) => `${report.period === 'week' ? 'Every week' : 'Every month'}, about ${scopeWords(report)}, ${receiverWords(report)}`;

/** "Next on 30 Nov, 07:00 (Europe/Berlin)" */
export const nextWords = (report, now) => (report.next_run_at ? `Next ${whenIn(report.next_run_at, zoneOf(report), now)}` : 'Off');

/** What became of the mails: "Sent to 3", "2 on their way", "1 not delivered". */
export function mailWords({ sent = 0, waiting = 0, failed = 0, to_send: toSend = false } = {}) {
  const words = [sent && `sent to ${sent}`, waiting && `${waiting} on the way`, failed && `${failed} not delivered`].filter(Boolean);
  if (!words.length) return toSend ? 'About to be sent' : 'Not sent';
  return words.join(', ').replace(/^./, (one) => one.toUpperCase());
}

/** {words, better}: against the period before; null where there is nothing to compare, or nothing to say. */
export function changeOf(now, before) {
  if (typeof now !== 'number' || typeof before !== 'number') return null;
  if (now === before) return { words: 'as before', better: null };
  return { words: `${percentWords(before)} before`, better: now > before };
}

export function downtimeChange(now, before) {
  if (typeof now !== 'number' || typeof before !== 'number') return null;
  if (now === before) return { words: 'as before', better: null };
  return { words: `${lengthWords(before)} before`, better: now < before };
}

/** Seconds from the beginning of an incident until somebody acknowledged it; null: nobody did. */
export function acknowledgedAfter(incident) {
  const [began, at] = [ms(incident.started_at), ms(incident.acknowledged_at)];
  return began === null || at === null ? null : Math.max(0, (at - began) / 1000);
}

/** A row for each monitor and region, of those that have response times. */
export const regionRows = (monitors) => monitors.flatMap((one) => (one.regions ?? []).map((region) => ({ ...region, id: one.id, monitor: one.name })));
