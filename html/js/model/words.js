/** Pure: states and choices in words; the one vocabulary of the whole page. */
import { listed, plural } from '../format.js';

export const STATE_WORDS = { up: 'Up', down: 'Down', degraded: 'Slow', pending: 'Pending', paused: 'Paused', silent: 'No results', unknown: 'Not measured' };

export const stateWord = (status) => STATE_WORDS[status] ?? status;

/** Worst first: the order in which a person on call wants to read. */
export const STATE_ORDER = ['down', 'silent', 'degraded', 'pending', 'up', 'paused'];

export const KINDS = {
  status: { title: 'It answers with a 2xx status', hint: 'The usual choice for sites and APIs.' },
  expected_status_code: { title: 'It answers with a given status', hint: 'For redirects, 401 walls, or exactly 204.' },
  keyword: { title: 'The page contains a text', hint: 'Down when the text is missing.' },
  keyword_absence: { title: 'The page lacks a text', hint: 'Down when the text appears.' },
};

/** What a monitor expects, as a phrase after "Expects". */
export function expectation(monitor) {
  if (monitor.monitor_type === 'expected_status_code') return listed((monitor.expected_status_codes ?? []).map(String)) || 'given codes';
  if (monitor.monitor_type === 'keyword') return `“${monitor.required_keyword ?? ''}” in the page`;
  if (monitor.monitor_type === 'keyword_absence') return `no “${monitor.required_keyword ?? ''}” in the page`;
  return 'any 2xx status';
}

/** The sentence at the head of the list: what matters most, in numbers. */
export function healthSentence(counts) {
  const watched = counts.total - counts.paused;
  const some = (count) => `${count.toLocaleString()} of ${watched.toLocaleString()}`;
  const more = (count, words) => (count ? `, ${count.toLocaleString()}\u00a0${words}` : '');
  const silent = more(counts.silent, 'without results');
  if (counts.total === 0) return 'Nothing is watched yet';
  if (watched === 0) return counts.total === 1 ? 'The only monitor is paused' : `All ${counts.total.toLocaleString()} are paused`;
  if (counts.down) return `${some(counts.down)} down${silent}`;
  if (counts.silent === watched) return watched === 1 ? 'The only monitor has no results' : 'No results from any monitor';
  if (counts.pending === watched) return watched === 1 ? 'Waiting for the first result' : 'Waiting for the first results';
  if (counts.pending || counts.silent) return `${some(counts.up)} up${more(counts.pending, 'pending')}${silent}`;
  return watched === 1 ? 'Everything is up' : `All ${watched.toLocaleString()} up`;
}

/** A silent monitor's last verdict, as a phrase; nothing to say when there was none. */
export const lastSeen = ({ status }) => (status === 'pending' ? '' : `last seen ${stateWord(status).toLowerCase()}`);

export const NONE_YET = 'No results yet: is an agent running?';

/** For the live region: monitors whose results have stopped. */
export const announceSilence = (names) =>
  (names.length === 1 ? `${names[0]} has no results any more` : `${plural(names.length, 'monitor')} without results`);

/** For the live region: one change in full, several as numbers. */
export function announceVerdict(monitors) {
  if (monitors.length === 1) {
    const [m] = monitors;
    const reason = m.status === 'down' && m.failure_text ? `: ${m.failure_text}` : '';
    return `${m.pronounceable_name} is ${stateWord(m.status).toLowerCase()}${reason}`;
  }
  const down = monitors.filter((m) => m.status === 'down').length;
  return `${plural(monitors.length, 'monitor')} changed, ${down} of them down`;
}
