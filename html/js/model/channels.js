/** Pure: channels in words: how each stands, and what it hears of. */
import { duration, listed, ms, plural } from '../format.js';
import { spanWords } from './calendar.js';
import { dailyWords } from './daily.js';
import { plainError } from './deliveries.js';

/** Its state as one of those that have a shape. */
export function stateOf({ enabled, health, problem }) {
  if (!enabled) return 'paused';
  if (problem || health?.failing) return 'down';
  const { last_sent_at: sent, last_error_at: wrong } = health ?? {};
  if (wrong && !(sent && ms(sent) >= ms(wrong))) return 'suspect';
  return sent ? 'up' : 'pending';
}

const WORDS = { paused: 'Turned off', down: 'Does not get through', suspect: 'Trying again', up: 'Works', pending: 'Not used yet' };
export const stateWords = (state) => WORDS[state];

/** Why it is as it is; empty where that needs no reason. */
export function reasonOf(channel, state) {
  if (state === 'down' && channel.problem) return channel.problem;
  if (state === 'down' || state === 'suspect') return plainError(channel.health.last_error) ?? '';
  return state === 'pending' ? 'Send a test to see that messages arrive.' : '';
}

/** "2 of 5 channels do not get through" */
export function listSentence(states) {
  const count = (state) => states.filter((one) => one === state).length;
  const on = states.length - count('paused');
  if (!states.length) return 'Channels';
  if (!on) return states.length === 1 ? 'The only channel is turned off' : `All ${states.length.toLocaleString()} channels are turned off`;
  if (count('down')) return `${count('down').toLocaleString()} of ${plural(on, 'channel')} ${count('down') === 1 ? 'does' : 'do'} not get through`;
  if (count('up') === on) return on === 1 ? 'The channel works' : `All ${on.toLocaleString()} channels work`;
  return plural(on, 'channel');
}

/** Those that need a person first, then by name. */
const ORDER = ['down', 'suspect', 'pending', 'up', 'paused'];
export const sorted = (rows) => [...rows].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || a.channel.name.localeCompare(b.channel.name));

const HEARD = { started: 'begins', acknowledged: 'is taken', comment: 'is commented on', resolved: 'is over', reopened: 'is reopened' };

/** "When an incident begins or is over; reminds every 30 minutes". */
export function hearsWords({ events = [], repeat_every: repeat }) {
  const heard = Object.keys(HEARD).filter((event) => events.includes(event)).map((event) => HEARD[event]);
  const head = heard.length === Object.keys(HEARD).length ? 'Everything about an incident' : heard.length ? `When an incident ${listed(heard).replace(/ and (?=[^,]*$)/, ' or ')}` : 'Nothing but reminders';
  return repeat && events.includes('reminder') ? `${head}; reminds every ${spanWords(repeat).replace(/^1 /, '')}` : head;
}

export const scopeWords = ({ all_incidents: all }) => (all ? 'Every incident of the team' : 'Only where an escalation policy names it');

export function quietWords(channel) {
  if (!channel.quiet_from || !channel.quiet_to) return 'None';
  const words = dailyWords({ maintenance_from: channel.quiet_from, maintenance_to: channel.quiet_to, maintenance_timezone: channel.quiet_timezone, maintenance_days: channel.quiet_days });
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Where it sends to, as far as that is no secret. */
export function targetOf({ settings = {} }) {
  const many = settings.to;
  if (Array.isArray(many)) return many.length > 2 ? `${many[0]} and ${many.length - 1} more` : many.join(', ');
  const first = [many, settings.topic, settings.room_id, settings.chat_id, settings.channel, settings.routing_key].find(Boolean);
  if (first) return String(first);
  try { return new URL(settings.url).host; } catch { return ''; }
}

/** "4 min ago"; "never". */
export const agoWords = (time, now) => (ms(time) === null ? 'never' : now - ms(time) < 1500 ? 'just now' : `${duration(now - ms(time))} ago`);

/** A contact's ways that it is used for: its own, or those of its kind. */
export const waysOf = ({ ways = [] }, kind) => (ways.length ? ways : kind?.ways ?? []);
