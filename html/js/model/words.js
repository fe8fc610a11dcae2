/** Pure: states and choices in words; the one vocabulary of the whole page. */
import { listed, plural } from '../format.js';

export const STATE_WORDS = { up: 'Up', down: 'Down', degraded: 'Degraded', pending: 'Pending', paused: 'Paused', silent: 'No results', unknown: 'Not measured' };

export const stateWord = (status) => STATE_WORDS[status] ?? status;

/** Worst first: the order in which a person on call wants to read. */
export const STATE_ORDER = ['down', 'silent', 'degraded', 'pending', 'up', 'paused'];

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

/** The sentence at the head of the list: what matters most, in numbers. */
export function healthSentence(counts) {
  const watched = counts.total - counts.paused;
  const some = (count) => `${count.toLocaleString()} of ${watched.toLocaleString()}`;
  const more = (count, words) => (count ? `, ${count.toLocaleString()}\u00a0${words}` : '');
  const silent = more(counts.degraded, 'degraded') + more(counts.silent, 'without results');
  if (counts.total === 0) return 'Nothing is watched yet';
  if (watched === 0) return counts.total === 1 ? 'The only monitor is paused' : `All ${counts.total.toLocaleString()} are paused`;
  if (counts.down) return `${some(counts.down)} down${silent}`;
  if (counts.silent === watched) return watched === 1 ? 'The only monitor has no results' : 'No results from any monitor';
  if (counts.pending === watched) return watched === 1 ? 'Waiting for the first result' : 'Waiting for the first results';
  if (counts.degraded === watched) return watched === 1 ? 'The only monitor is degraded' : `All ${watched.toLocaleString()} degraded`;
  if (counts.pending || counts.silent || counts.degraded) return `${some(counts.up)} up${more(counts.pending, 'pending')}${silent}`;
  return watched === 1 ? 'Everything is up' : `All ${watched.toLocaleString()} up`;
}

/** A silent monitor's last verdict, as a phrase; nothing to say when there was none. */
export const lastSeen = ({ status }) => (status === 'pending' ? '' : `last seen ${stateWord(status).toLowerCase()}`);

export const NONE_YET = 'No results yet: is an agent running?';

/** Agents may have looked without being able to measure: then they say why. */
export const whyPending = ({ region_states: states }) =>
  (states ?? []).find(({ status, failure_text: text }) => status === 'unknown' && text)?.failure_text ?? 'Waiting for the first result';

/** For the live region: monitors whose results have stopped. */
export const announceSilence = (names) =>
  (names.length === 1 ? `${names[0]} has no results any more` : `${plural(names.length, 'monitor')} without results`);

/** For the live region: one change in full, several as numbers. */
export function announceVerdict(monitors) {
  if (monitors.length === 1) {
    const [m] = monitors;
    const reason = ['down', 'degraded'].includes(m.status) && m.failure_text ? `: ${m.failure_text}` : '';
    return `${m.pronounceable_name} is ${stateWord(m.status).toLowerCase()}${reason}`;
  }
  const down = monitors.filter((m) => m.status === 'down').length;
  return `${plural(monitors.length, 'monitor')} changed, ${down} of them down`;
}
