/** Pure: which rows the list shows, in which order, and the counts above it. */
import { hasAnswer } from './answer.js';
import { STATE_ORDER } from './states.js';

export function countStates(roster) {
  const counts = { total: roster.length, ...Object.fromEntries(STATE_ORDER.map((state) => [state, 0])) };
  for (const { status } of roster) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** Not a state, but a way to pick rows: those of which a certificate or domain ends soon. */
export const ENDING = 'ending';
export const endsSoon = ({ soon }, at) => soon !== null && soon !== undefined && at > soon;

/** Rows that match the words and the state: worst state first, the latest to fail on top, the rest by name. */
export function pickRows(roster, words, state, at = 0) {
  const needles = needlesOf(words);
  return roster
    .filter((row) => (!state || (state === ENDING ? endsSoon(row, at) : row.status === state)) && hasAll(`${row.name} ${row.url}`, needles))
    .sort((a, b) => rank(a) - rank(b) || latestFailure(a, b) || a.name.localeCompare(b.name, undefined, { numeric: true }) || a.id - b.id);
}

/** The first few of [{id, name, more}] that have these words, those left out that are not wanted. */
export const namesLike = (things, words, except, most) => things
  .filter(({ id, name, more }) => !except.includes(id) && hasAll(`${name} ${more}`, needlesOf(words)))
  .sort((a, b) => byName.compare(a.name, b.name))
  .slice(0, most);

const byName = new Intl.Collator(undefined, { numeric: true });
const needlesOf = (words) => words.toLowerCase().split(/\s+/).filter(Boolean);

function hasAll(text, needles) {
  const hay = text.toLowerCase();
  return needles.every((needle) => hay.includes(needle));
}

const latestFailure = (a, b) => (a.status === 'down' ? Date.parse(b.since) - Date.parse(a.since) || 0 : 0);

function rank({ status }) {
  const at = STATE_ORDER.indexOf(status);
  return at < 0 ? STATE_ORDER.length : at;
}

/** The latest response time over the regions that got an answer, in microseconds; null if none did. */
export function lastResponse(monitor) {
  const answers = (monitor.region_states ?? []).filter((state) => hasAnswer(state.status, state.failure_reason) && state.response_time >= 0);
  if (!answers.length) return null;
  return answers.reduce((a, b) => (Date.parse(b.checked_at) > Date.parse(a.checked_at) ? b : a)).response_time;
}
