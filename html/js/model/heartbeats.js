/** Pure: heartbeats in words: when they are expected, how they stand, and what a ping said. */
import { duration, ms, plural } from '../format.js';
import { everyWords, spanWords } from './calendar.js';
import { cronWords } from './cron.js';
import { atIn, isZone, localZone, whenIn } from './zoned.js';

/** "every day at 02:00 Europe/Berlin", "every 5 minutes". */
export function scheduleWords({ cron, period, server_timezone: zone }) {
  if (!cron) return everyWords(period);
  const words = cronWords(cron);
  return words.includes(':') ? `${words} ${zone || 'UTC'}` : words;
}

export const graceWords = ({ grace }) => (grace ? `${spanWords(grace)} grace` : 'no grace');

/** The zone a heartbeat thinks in: its own for cron, UTC unless told, else the reader's. */
const zoneOf = ({ cron, server_timezone_iana: zone }) => (!cron ? localZone() : isZone(zone) ? zone : 'UTC');

/** Of what comes every few seconds the minute says too little, as in the hub's own words. */
const SECONDS_BELOW_S = 120;
const toSeconds = ({ cron, period }) => !cron && period < SECONDS_BELOW_S;

/** A moment by its clock: "today 02:00". */
export const moment = (heartbeat, time, now) => whenIn(time, zoneOf(heartbeat), now, toSeconds(heartbeat));

/** And inside a sentence: "at 02:00". */
const at = (heartbeat, time, now) => atIn(time, zoneOf(heartbeat), now, toSeconds(heartbeat));

/**
 * The state as it may be shown at a moment: one that is up and past its time is late, and it is
 * the hub's word alone that it was missed.
 */
export function stateAt(heartbeat, time) {
  const { state, status, expected_at: expected } = heartbeat;
  const own = state ?? status;
  return own === 'up' && expected && time > ms(expected) ? 'late' : own;
}

export const ORDER = ['down', 'late', 'running', 'pending', 'maintenance', 'up', 'paused'];

/** What a heartbeat that is down did not do. */
export function failureWords(heartbeat, now) {
  const { last_ping: last, last_exit_code: code, expected_at: expected, deadline_at: deadline, max_runtime: limit } = heartbeat;
  if (last === 'fail') return code === null || code === undefined ? 'It reported a failure' : `It ended with exit code ${code}`;
  if (last === 'start' && limit) return `It started, and did not end within ${spanWords(limit)}`;
  if (!expected) return 'It was not heard in time';
  const by = deadline && ms(deadline) !== ms(expected) ? `, nothing came by ${at(heartbeat, deadline, now).replace(/^at /, '')}` : ', nothing came';
  return `Expected ${at(heartbeat, expected, now)}${by}`;
}

/** One sentence about how it stands; `now` ticks. */
export function sentence(heartbeat, state, now) {
  const { expected_at: expected, deadline_at: deadline, state_since: since } = heartbeat;
  const tell = SENTENCES[state];
  return tell ? tell({ heartbeat, expected, deadline, since, now }) : '';
}

const SENTENCES = {
  pending: ({ heartbeat, expected, now }) => (heartbeat.last_ping_at && expected
    ? `What came meanwhile is not known. The next ping is expected ${at(heartbeat, expected, now)}.` : 'No ping has come yet. It is watched from the first one on.'),
  up: ({ heartbeat, expected, now }) => (expected ? `Next ping expected ${at(heartbeat, expected, now)}${inWords(ms(expected) - now)}.` : 'On time.'),
  late: ({ heartbeat, expected, deadline, now }) => `Expected ${at(heartbeat, expected, now)}, ${leftWords(ms(deadline) - now)}.`,
  running: ({ heartbeat, now }) => {
    const ends = heartbeat.max_runtime && ms(heartbeat.last_ping_at) + heartbeat.max_runtime * 1000;
    return ends ? `It has ${leftOf(ends - now)} to end.` : 'It has started and not ended yet.';
  },
  down: ({ heartbeat, now }) => `${failureWords(heartbeat, now)}.`,
  paused: () => 'Nothing is expected until it is resumed.',
  maintenance: ({ heartbeat, now }) => (heartbeat.maintenance_until
    ? `Nothing is expected during maintenance, which ends ${at(heartbeat, heartbeat.maintenance_until, now)}.` : 'Nothing is expected during maintenance.'),
};

const MINUTE_MS = 60_000;

const inWords = (left) => (left > MINUTE_MS ? `, in ${duration(left)}` : '');
const leftOf = (left) => (left > 0 ? duration(left) : 'no time left');

function leftWords(left) {
  if (!(left > 0)) return 'and its grace is over';
  if (left < MINUTE_MS) return `has ${plural(Math.ceil(left / 1000), 'more second')}`;
  return `has ${plural(Math.ceil(left / MINUTE_MS), 'more minute')}`;
}

/** How the whole list stands. */
export function listSentence(heartbeats, time) {
  const counts = countStates(heartbeats, time);
  const watched = heartbeats.length - (counts.paused ?? 0);
  const some = (count, words) => `${count.toLocaleString()} of ${watched.toLocaleString()} ${words}`;
  if (!heartbeats.length) return 'No heartbeat yet';
  if (!watched) return heartbeats.length === 1 ? 'The only heartbeat is paused' : `All ${heartbeats.length} are paused`;
  if (counts.down) return `${some(counts.down, 'down')}${counts.late ? `, ${counts.late}\u00a0late` : ''}`;
  if (counts.late) return some(counts.late, 'late');
  if (counts.pending === watched) return watched === 1 ? 'Waiting for the first ping' : 'Waiting for the first pings';
  const waiting = counts.pending ? `, ${counts.pending}\u00a0waiting for the first ping` : '';
  return waiting ? `${some(watched - counts.pending, 'on time')}${waiting}` : watched === 1 ? 'Everything is on time' : `All ${watched.toLocaleString()} on time`;
}

export function countStates(heartbeats, time) {
  const counts = {};
  for (const one of heartbeats) { const state = stateAt(one, time); counts[state] = (counts[state] ?? 0) + 1; }
  return counts;
}

const rank = (state) => (ORDER.indexOf(state) < 0 ? ORDER.length : ORDER.indexOf(state));

/** Those that match, worst first, then by name. */
export function pick(heartbeats, { words, state, time }) {
  const needles = words.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (one) => needles.every((needle) => one.name.toLowerCase().includes(needle)) && (!state || stateAt(one, time) === state);
  return heartbeats.filter(matches).sort((a, b) => rank(stateAt(a, time)) - rank(stateAt(b, time))
    || a.name.localeCompare(b.name, undefined, { numeric: true }) || a.id - b.id);
}

/** What one ping was: [shape, word]. */
export function pingWords({ what, exit_code: code }) {
  if (what === 'start') return ['running', 'Started'];
  if (what === 'fail') return ['down', code === null || code === undefined || code === 0 ? 'Failed' : `Failed, exit code ${code}`];
  return ['up', 'Succeeded'];
}

/** How long a run took: "420 ms", "3.2 s", "4 min 10 s". */
export function tookWords(length) {
  if (length < 1000) return `${Math.round(length)} ms`;
  return length < 10_000 ? `${(length / 1000).toFixed(1)} s` : duration(length);
}
