/**
 * Pure: how an agent says it is, as lines a person reads: [{name, text, level, hint}]. What it did
 * not say is not there: an absent value is not a good one. Levels: good, plain, watch, bad; past is
 * what was bad once since the agent started, and says nothing about now.
 */
import { micros, plural } from '../format.js';

/** An agent reports every 30 s at least; two reports may be lost. */
const HEARD_MS = 90_000;

const LAG_WATCH_US = 50_000;
const LAG_BAD_US = 500_000;
const CLOCK_WATCH_MS = 500;
const CLOCK_BAD_MS = 5_000;
const BUSY_WATCH = 700;
const BUSY_BAD = 900;

export const isHeard = (agent, at) => at - Date.parse(agent.last_report_at) <= HEARD_MS;

const step = (value, watch, bad) => (value >= bad ? 'bad' : value >= watch ? 'watch' : 'good');

export function bytes(count) {
  if (count < 1000) return `${count} B`;
  if (count < 1_000_000) return `${(count / 1000).toFixed(1)} kB`;
  return count < 1e9 ? `${(count / 1e6).toFixed(1)} MB` : `${(count / 1e9).toFixed(1)} GB`;
}

/* Counts go on from the agent's start: zero is not worth a line. */
const past = (name, what, hint) => (count) => (count ? { name, text: plural(count, what), level: 'past', hint: `Since it started: ${hint}` } : null);

/* Each line: the member it needs, and what it makes of its value. */
const LINES = [
  ['uplink', (on) => ({ name: 'Network', text: on ? 'reachable' : 'gone', level: on ? 'good' : 'bad', hint: 'Whether the agent reaches its own control targets' })],
  ['dns', (on) => ({ name: 'Name servers', text: on ? 'answer' : 'gone', level: on ? 'good' : 'bad', hint: 'Whether the agent’s own name servers answer' })],
  ['lag_max_us', (us) => ({ name: 'Worst lag', text: micros(us), level: step(us, LAG_WATCH_US, LAG_BAD_US), hint: 'How late its own work was at worst since the report before' })],
  ['busy_permille', (permille) => ({ name: 'Busy', text: `${(permille / 10).toFixed(permille < 100 ? 1 : 0)} %`, level: step(permille, BUSY_WATCH, BUSY_BAD), hint: 'Share of the time its loop was at work' })],
  ['clock_offset_ms', (ms) => ({ name: 'Clock', text: ms === 0 ? 'with the hub' : `${ms > 0 ? '+' : '−'}${Math.abs(ms)} ms`, level: step(Math.abs(ms), CLOCK_WATCH_MS, CLOCK_BAD_MS), hint: 'Against the hub’s' })],
  ['in_flight', (count) => ({ name: 'In flight', text: plural(count, 'check'), level: 'plain', hint: 'Checks under way at its last report' })],
  ['waiting', (count) => ({ name: 'Waiting in its spool', text: count ? plural(count, 'result') : 'nothing', level: 'plain', hint: 'Results on its disk that the hub has not confirmed yet' })],
  ['spool_bytes', (count) => ({ name: 'Spool', text: bytes(count), level: 'plain', hint: 'What its results take on its disk; confirmed ones stay for some minutes' })],
  ['offline', (on) => (on ? { name: 'Jobs', text: 'from its own schedule', level: 'watch', hint: 'Redis or the scheduler is out of its reach' } : null)],
  ['dropped', past('Dropped', 'result', 'its disk was past its limit, the oldest results went')],
  ['unspooled', past('Not kept', 'result', 'they could not be written to its disk')],
  ['rejected', past('Set aside', 'result', 'the hub could not take them')],
  ['expired', past('Expired', 'job', 'they came too late to be worth probing')],
  ['overloaded', past('Overloaded', 'check', 'the agent had no room for them, they count as not measured')],
];

const isNumber = (value) => typeof value === 'number' && Number.isFinite(value);

export function healthLines(self) {
  if (!self || typeof self !== 'object') return [];
  return LINES.filter(([member]) => isNumber(self[member])).map(([member, lineOf]) => lineOf(self[member])).filter(Boolean);
}

const ORDER = ['bad', 'watch'];

/** The worst that it says, or that it has not been heard for too long. */
export function levelOf(agent, at) {
  if (!isHeard(agent, at)) return 'silent';
  const levels = healthLines(agent.self).map(({ level }) => level);
  return ORDER.find((level) => levels.includes(level)) ?? (levels.length ? 'good' : 'plain');
}
