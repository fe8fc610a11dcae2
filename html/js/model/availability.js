/** Pure: availability and what goes with it in words. Nothing is ever rounded up: 100 % means not a second of down time. */
import { duration, plural } from '../format.js';

const DIGITS = 3;
const DIGITS_LOW = 2;
const HIGH_PERCENT = 99;
/* Of a number that a float cannot hold exactly, 99.95 must not become 99.949. */
const GRAIN = 1e-7;

/** "100 %", "99.987 %", "97.31 %", "–" for nothing counted; of percent, 0 to 100. */
export function percentWords(percent) {
  if (percent === null || percent === undefined || !Number.isFinite(percent)) return '–';
  const factor = 10 ** (percent >= HIGH_PERCENT ? DIGITS : DIGITS_LOW);
  const floored = Math.floor(Math.max(0, percent) * factor + GRAIN) / factor;
  if (percent < 100 && floored >= 100) return `99.${'9'.repeat(DIGITS)}\u00a0%`;
  if (percent > 0 && floored === 0) return `<${1 / factor}\u00a0%`;
  return `${floored}\u00a0%`;
}

/** The same of a share, 0 to 1. */
export const shareWords = (share) => percentWords(share === null || share === undefined ? null : share * 100);

/** Which colours and word an availability has: [from this percent on, state, word], best first. */
const LEVELS = [[100, 'up', 'no down time'], [99.9, 'fine', 'at least 99.9 %'], [99, 'less', 'at least 99 %'], [95, 'poor', 'at least 95 %'], [0, 'bad', 'below 95 %']];

export const LEVEL_WORDS = LEVELS.map(([, level, words]) => [level, words]);

/** 'none' where nothing was counted. */
export function levelOf(percent) {
  if (percent === null || percent === undefined) return 'none';
  return LEVELS.find(([from]) => percent >= from - GRAIN / 10)?.[1] ?? 'bad';
}

/** Seconds as a length of time; "none" for nothing. */
export const lengthWords = (seconds) => (seconds > 0 ? (seconds < 1 ? '<\u20091 s' : duration(seconds * 1000)) : 'none');

/** A mean of which there may be none: no incident was acknowledged or ended. */
export const meanWords = (seconds) => (seconds === null || seconds === undefined ? '–' : duration(seconds * 1000));

/** What one SLA says, as [key, title, value] for the eye; whatever an older hub lacks is left out. */
export function factsOf(sla) {
  const facts = [
    ['downtime', 'Down time', lengthWords(sla.total_downtime)],
    ['incidents', 'Incidents', (sla.number_of_incidents ?? 0).toLocaleString()],
    ['longest', 'Longest incident', lengthWords(sla.longest_incident)],
    ['average', 'Average incident', lengthWords(sla.average_incident)],
  ];
  if (sla.mean_time_to_acknowledge !== undefined) facts.push(['mtta', 'Mean time to acknowledge', meanWords(sla.mean_time_to_acknowledge)]);
  if (sla.mean_time_to_resolve !== undefined) facts.push(['mttr', 'Mean time to resolve', meanWords(sla.mean_time_to_resolve)]);
  return facts;
}

const REST = [['maintenance', 'in maintenance'], ['paused', 'paused'], ['no_data', 'without data'], ['pending', 'before the first result']];

/** What was not counted, as [key, "2 h 10 min in maintenance"]. */
export const restOf = (sla) => REST.filter(([key]) => sla[key] > 0).map(([key, words]) => [key, `${duration(sla[key] * 1000)} ${words}`]);

/** The whole of it in one sentence, for those who hear it. */
export function slaSentence(sla) {
  if (sla.availability === null || sla.availability === undefined) return 'Nothing was measured in this range.';
  const down = sla.total_downtime > 0 ? `down for ${lengthWords(sla.total_downtime)} in ${plural(sla.number_of_incidents ?? 0, 'incident')}` : 'no down time';
  return `${percentWords(sla.availability)} available, ${down}.`;
}
