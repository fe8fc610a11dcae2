/** Pure: how things stand, and what a monitor expects, in words. What states are called is in states.js. */
import { listed, plural } from '../format.js';
import { hasReason, stateSays, stateWord } from './states.js';

/** What a monitor expects, as a phrase after "Expects". */
export function expectation(monitor) {
  const expects = EXPECTS[monitor.monitor_type]?.(monitor) ?? 'an answer';
  const more = monitor.assertions?.length ? ` and ${plural(monitor.assertions.length, 'assertion')}` : '';
  return expects + more;
}

const quoted = ({ required_keyword: keyword }) => `“${keyword ?? ''}”`;
const records = ({ dns_record_type: record, request_body: name, dns_expected_answers: answers }) =>
  `${answers?.length ? listed(answers) : 'an answer'} for ${name} ${record ?? 'A'}`;

const EXPECTS = {
  status: () => 'any 2xx status',
  expected_status_code: (m) => listed([...(m.expected_status_codes ?? []), ...(m.expected_status_ranges ?? [])].map(String)) || 'given codes',
  keyword: (m) => `${quoted(m)} in the page`,
  keyword_absence: (m) => `no ${quoted(m)} in the page`,
  ping: (m) => `answers to ${plural(m.ping_packets ?? 3, 'packet')}`,
  tcp: (m) => (m.required_keyword ? `${quoted(m)} in the answer` : 'a connection'),
  udp: (m) => `${quoted(m)} in the answer`,
  dns: records,
  tls: (m) => (m.verify_ssl === false ? 'a certificate' : 'a valid certificate'),
  domain: () => 'a registered domain',
  websocket: () => 'an upgraded connection',
  grpc: (m) => `SERVING${m.grpc_service ? ` from ${m.grpc_service}` : ''}`,
  redis: () => 'PONG',
  postgres: (m) => (m.auth_password ? 'a session' : 'a server that asks for a password'),
};

/** What a sentence about many adds for each of these, after what it says first. */
const ASIDES = [
  ['flapping', 'flapping'], ['suspect', 'suspect'], ['degraded', 'degraded'], ['recovering', 'recovering'],
  ['pending', 'pending'], ['maintenance', 'in maintenance'], ['no_data', 'without data'],
];

/** What is said when all are the same. */
const ALL = {
  pending: 'Waiting for the first results', no_data: 'No data from any monitor', degraded: 'All degraded', flapping: 'All are flapping',
  maintenance: 'All in maintenance', suspect: 'All are suspect', recovering: 'All are recovering',
};
const ONLY = { up: 'Everything is up', pending: 'Waiting for the first result', down: '1 of 1 down' };

/** The sentence at the head of the list: what matters most, in numbers. */
export function healthSentence(counts) {
  const watched = counts.total - counts.paused;
  const some = (count) => `${count.toLocaleString()} of ${watched.toLocaleString()}`;
  if (counts.total === 0) return 'Nothing is watched yet';
  if (watched === 0) return counts.total === 1 ? 'The only monitor is paused' : `All ${counts.total.toLocaleString()} are paused`;
  const same = Object.keys(counts).find((state) => state !== 'total' && state !== 'paused' && counts[state] === watched);
  if (same && watched === 1) return ONLY[same] ?? `The only monitor ${stateSays(same)}`;
  if (same && same !== 'down') return ALL[same] ?? `All ${watched.toLocaleString()} up`;
  const head = counts.down ? `${some(counts.down)} down` : `${some(counts.up)} up`;
  const told = ([state]) => counts[state] && !(counts.down && state === 'pending');
  return head + ASIDES.filter(told).map(([state, words]) => `, ${counts[state].toLocaleString()}\u00a0${words}`).join('');
}

/** The last verdict on a monitor without data, as a phrase; nothing to say when there was none. */
export function lastSeen({ state, status }) {
  const last = state ?? status; /* regions have only the latter */
  return last === 'pending' || last === 'no_data' ? '' : `last seen ${stateWord(last).toLowerCase()}`;
}

export const NONE_YET = 'No results yet: is an agent running?';

/** Agents may have looked without being able to measure: then they say why. */
export const whyPending = ({ region_states: states }) =>
  (states ?? []).find(({ status, failure_text: text }) => status === 'unknown' && text)?.failure_text ?? 'Waiting for the first result';

/** For the live region: monitors whose results have stopped. */
export const announceSilence = (names) =>
  (names.length === 1 ? `${names[0]} has no data any more` : `${plural(names.length, 'monitor')} without data`);

/** For the live region: one change in full, several as numbers. */
export function announceVerdict(monitors) {
  if (monitors.length === 1) {
    const [m] = monitors;
    const reason = hasReason(m.state) && m.failure_text ? `: ${m.failure_text}` : '';
    return `${m.pronounceable_name} ${stateSays(m.state)}${reason}`;
  }
  const down = monitors.filter((m) => m.state === 'down').length;
  return `${plural(monitors.length, 'monitor')} changed, ${down} of them down`;
}
