/** Pure: one message to one receiver in words, and what the log is asked for. */
import { duration, ms, plural } from '../format.js';

export const EVENT_WORDS = {
  started: 'Started', escalated: 'Escalated', acknowledged: 'Acknowledged', comment: 'Comment', reminder: 'Reminder', resolved: 'Resolved',
  reopened: 'Reopened', digest: 'Summary', test: 'Test', on_call: 'On-call hand-over', report: 'Report', undeliverable: 'Told instead',
};
export const eventWord = (event) => EVENT_WORDS[event] ?? event;

export const STATE_WORDS = {
  due: 'Waiting', leased: 'Being sent', sent: 'Sent', undeliverable: 'Not delivered', superseded: 'Not needed any more', digested: 'In a summary', cancelled: 'Cancelled',
};

/** Nothing more becomes of these by itself. */
export const isDone = ({ state }) => !['due', 'leased'].includes(state);

const SOON_MS = 2000;

/** Its shape, as one of the states that have one. Waiting is one thing, having failed and waiting another. */
export function markOf({ state, attempts, held, next_at: next }, now) {
  if (state === 'due' && attempts > 0) return 'suspect';
  if (state === 'due') return held || ms(next) > now + SOON_MS ? 'late' : 'pending';
  return { leased: 'running', sent: 'up', undeliverable: 'down', digested: 'resolved' }[state] ?? 'false_alarm';
}

const inWords = (time, now) => (ms(time) === null || ms(time) <= now + SOON_MS ? 'now' : `in ${duration(ms(time) - now)}`);

/** What became of it, in a few words. */
export function fateWords(one, now) {
  if (one.state === 'due' && one.held) return 'Held for a summary';
  if (one.state === 'due' && one.attempts > 0) return `Failed ${plural(one.attempts, 'time')}, again ${inWords(one.next_at, now)}`;
  if (one.state === 'due') return ms(one.next_at) > now + SOON_MS ? `To be sent ${inWords(one.next_at, now)}` : 'Waiting to be sent';
  if (one.state === 'leased') return one.attempts > 1 ? `Being sent, try ${one.attempts}` : 'Being sent';
  if (one.state === 'sent' && one.attempts > 1) return `Sent at try ${one.attempts}`;
  return STATE_WORDS[one.state] ?? one.state;
}

/** What a title says beside the name of the incident, on whose page it is not said again. */
export function titleBeside(title, name) {
  if (!name || title.startsWith(name)) return name ? '' : title;
  const at = title.indexOf(`: ${name}`);
  return at < 0 ? title : title.slice(0, at);
}

/** What went wrong in one line: a page of HTML as what a person would see of it. */
export function plainError(text) {
  if (!/<(!doctype|html|head|body)\b/i.test(text ?? '')) return text;
  return text.replace(/<(script|style|title)\b[^>]*>[^<]*<\/\1>/gi, ' ').replace(/<[^>]*(>|$)/g, ' ').replace(/\s+/g, ' ').trim();
}

/** The moment that its line in a list shows. */
export const timeOf = (one) => one.sent_at ?? one.finished_at ?? one.created_at;

/** What the receiver's side answered to one try: "Taken, HTTP 200 after 120 ms". Mail servers have numbers of their own. */
export function answerWords({ outcome, http_status: status, duration_ms: took }, kind) {
  if (!outcome) return 'On its way';
  const head = { sent: 'Taken', failed: 'Failed', refused: 'Refused' }[outcome] ?? outcome;
  return `${head}${status ? `, ${kind === 'email' ? 'SMTP' : 'HTTP'} ${status}` : ''}${took === null || took === undefined ? '' : ` after ${took.toLocaleString()} ms`}`;
}

export const OUTCOME_MARKS = { sent: 'up', failed: 'suspect', refused: 'down' };

export const STATE_FILTERS = [['', 'All'], ['sent', 'Sent'], ['due', 'Waiting'], ['undeliverable', 'Not delivered']];
export const PER_PAGE = 25;
const PAGE_MAX = 100_000;

const idOf = (given, name) => (/^\d{1,18}$/.test(given.get(name) ?? '') ? given.get(name) : '');

/** What is in the page's address, and nothing else. */
export function filterOf(query) {
  const given = new URLSearchParams(query);
  const page = Number(given.get('page'));
  return {
    state: Object.hasOwn(STATE_WORDS, given.get('state')) ? given.get('state') : '',
    event: Object.hasOwn(EVENT_WORDS, given.get('event')) ? given.get('event') : '',
    channel: idOf(given, 'channel'), incident: idOf(given, 'incident'),
    page: Number.isInteger(page) && page > 1 && page <= PAGE_MAX ? page : 1,
  };
}

export const isFiltered = ({ state, event, channel, incident }) => Boolean(state || event || channel || incident);

/** The question as a query of the API. */
export function questionOf({ state, event, channel, incident, contact, page = 1, perPage = PER_PAGE }) {
  return String(new URLSearchParams({
    ...(state && { state }), ...(event && { event }), ...(channel && { channel_id: channel }), ...(contact && { contact_id: contact }),
    ...(incident && { incident_id: incident }), per_page: perPage, page,
  }));
}

/** Whether a live event may change what a filtered list shows. */
export const concerns = ({ channel, incident }, event) => (!channel || String(event.channel_id) === channel) && (!incident || String(event.incident_id) === incident);
