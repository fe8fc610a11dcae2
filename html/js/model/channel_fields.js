/** Pure: a channel (or a contact, a person's own) as the fields of its form, and those fields back as the body of a request. */
import { WEEK, secondsOf, unitsOf } from './calendar.js';
import { GONE, KEPT, checkRate, checkSetting, isText, listOf, pairsOf } from './channel_check.js';
import { fieldsOfKind } from './channel_kinds.js';
import { onlyWrong } from './checks.js';
import { isZone, localZone } from './zoned.js';

const NAME_CHARS_MAX = 255;
const REPEAT_MIN_S = 60;
const REPEAT_MAX_S = 7 * 86_400;
const ALL_DAYS = WEEK.map(([name]) => name);
const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

/** What a channel may hear of, in the order in which it happens. Reminders are a field of their own. */
export const EVENTS = [['started', 'It begins'], ['acknowledged', 'Somebody takes it'], ['comment', 'Somebody comments'], ['resolved', 'It is over'], ['reopened', 'It is reopened']];
const REMINDER = 'reminder';

export const newFields = () => ({
  name: '', kind: '', enabled: true, all_incidents: true, events: ['started', 'acknowledged', 'resolved', 'reopened'],
  reminds: false, repeat_every: { count: '30', unit: 'minute' }, rate_limit: '30', ways: [],
  quiet: false, quiet_from: '22:00', quiet_to: '07:00', quiet_timezone: localZone(), quiet_days: ALL_DAYS,
});

let rows = 0;
const rowsOf = (pairs) => Object.entries(pairs ?? {}).map(([name, value]) => ({ key: `row-${(rows += 1)}`, name, value: String(value) }));

/** One value of the API as its field has it. */
function shown({ type }, value) {
  if (type === 'headers' || type === 'labels') return rowsOf(value);
  if (type === 'emails') return (value ?? []).join('\n');
  if (type === 'words') return (value ?? []).join(', ');
  return value === undefined || value === null ? '' : String(value);
}

/** The fields of one kind, filled from a channel or empty. */
export function settingsFields(kind, channel = {}) {
  const set = channel.secrets_set ?? [];
  return Object.fromEntries(fieldsOfKind(kind).map(({ key, part, name, rule }) => [
    key, part === 'secrets' && set.includes(name) ? KEPT : shown(rule, part === 'settings' ? channel.settings?.[name] : undefined),
  ]));
}

const hourMinute = (time) => String(time ?? '').slice(0, 5);

export function fieldsOf(channel, kind) {
  const fresh = newFields();
  const quiet = Boolean(channel.quiet_from && channel.quiet_to);
  return {
    ...fresh, name: channel.name, kind: channel.kind, enabled: channel.enabled, all_incidents: channel.all_incidents, events: (channel.events ?? []).filter((event) => event !== REMINDER),
    reminds: Boolean(channel.repeat_every) && Boolean(channel.events?.includes(REMINDER)), repeat_every: channel.repeat_every ? unitsOf(channel.repeat_every) : fresh.repeat_every,
    rate_limit: String(channel.rate_limit ?? 30), ways: channel.ways?.length ? channel.ways : kind.ways ?? [],
    quiet, quiet_from: quiet ? hourMinute(channel.quiet_from) : fresh.quiet_from, quiet_to: quiet ? hourMinute(channel.quiet_to) : fresh.quiet_to,
    quiet_timezone: quiet ? channel.quiet_timezone : fresh.quiet_timezone, quiet_days: channel.quiet_days ?? ALL_DAYS,
    ...settingsFields(kind, channel),
  };
}

function checkRepeat({ reminds, repeat_every: every }) {
  if (!reminds) return undefined;
  const seconds = secondsOf(every);
  if (seconds === null) return 'A whole number';
  if (seconds < REPEAT_MIN_S) return 'At least a minute';
  return seconds > REPEAT_MAX_S ? 'At most a week' : undefined;
}

function checkQuiet({ quiet, quiet_from: from, quiet_to: to, quiet_timezone: zone, quiet_days: days }) {
  if (!quiet) return {};
  return {
    quiet_from: TIME.test(from) ? undefined : 'A time of day, like 22:00',
    quiet_to: !TIME.test(to) ? 'A time of day, like 07:00' : from === to ? 'It has to end at another time than it begins' : undefined,
    quiet_timezone: isZone(zone) ? undefined : 'Choose a time zone, like Europe/Berlin',
    quiet_days: days.length ? undefined : 'Choose at least one day',
  };
}

const hostOf = (url) => { try { return new URL(url).origin; } catch { return ''; } };

/** Secrets are kept for the server that they were given for: the hub wants them again for another. */
export function movedWords(fields, key, channel) {
  if (!channel || fields[key] !== KEPT) return undefined;
  const moved = ['url', 'api_url'].some((name) => hostOf(channel.settings?.[name]) !== hostOf(fields[`settings.${name}`]));
  return moved ? 'It was given for the former address and is sent nowhere else: replace it' : undefined;
}

/** kinds: of the hub. personal: a contact. channel: as it is kept, if it is. */
export const checkFields = (kinds, personal, channel) => (fields) => {
  const kind = kinds.find(({ id }) => id === fields.kind);
  const name = fields.name.trim();
  const settings = kind ? fieldsOfKind(kind).map((field) => [field.key, checkSetting(field, fields[field.key]) ?? movedWords(fields, field.key, channel)]) : [];
  return onlyWrong({
    kind: kind ? undefined : 'Choose where messages go',
    name: name ? name.length > NAME_CHARS_MAX && `At most ${NAME_CHARS_MAX} characters` : 'Give it a name, like “Operations”',
    ...Object.fromEntries(settings),
    events: fields.events.length ? undefined : 'Choose at least one: nothing would ever be sent',
    ways: personal && !fields.ways.length ? 'Choose at least one' : undefined,
    repeat_every: checkRepeat(fields),
    rate_limit: checkRate(fields.rate_limit),
    ...checkQuiet(fields),
  });
};

/** A field's value as the API wants it; undefined when there is none. */
function given({ rule }, value) {
  if (rule.type === 'headers' || rule.type === 'labels') {
    const pairs = pairsOf(value);
    return pairs.length ? Object.fromEntries(pairs.map((row) => [row.name.trim(), row.value])) : undefined;
  }
  const text = isText(value) ? value : '';
  if (!text.trim()) return undefined;
  if (rule.type === 'emails' || rule.type === 'words') return listOf(text);
  if (rule.type === 'integer') return Number(text);
  if (rule.type === 'boolean') return text === 'true';
  return rule.type === 'lines' || rule.type === 'text' ? text : text.trim();
}

/** {settings, secrets}: all of the settings; of the secrets only those that change, null for one that goes. */
function partsOf(kind, fields) {
  const parts = { settings: {}, secrets: {} };
  for (const field of fieldsOfKind(kind)) {
    const value = fields[field.key];
    if (value === KEPT) continue;
    const wanted = value === GONE ? null : given(field, value);
    if (wanted !== undefined) parts[field.part][field.name] = wanted;
  }
  return parts;
}

const quietOf = ({ quiet, ...fields }) => ({
  quiet_from: quiet ? `${fields.quiet_from}:00` : null, quiet_to: quiet ? `${fields.quiet_to}:00` : null,
  ...(quiet && { quiet_timezone: fields.quiet_timezone, quiet_days: ALL_DAYS.filter((day) => fields.quiet_days.includes(day)) }),
});

export function bodyOf(fields, kind, personal) {
  return {
    name: fields.name.trim(), kind: fields.kind, enabled: fields.enabled, ...partsOf(kind, fields),
    events: [...EVENTS.map(([event]) => event).filter((event) => fields.events.includes(event)), REMINDER],
    repeat_every: fields.reminds ? secondsOf(fields.repeat_every) : null, rate_limit: Number(fields.rate_limit), ...quietOf(fields),
    ...(personal ? { ways: fields.ways } : { all_incidents: fields.all_incidents }),
  };
}

/** A list is the same whatever its order. */
const same = (a, b) => JSON.stringify(Array.isArray(a) ? [...a].sort() : a) === JSON.stringify(Array.isArray(b) ? [...b].sort() : b);

/** Only what the person changed. */
export function changesOf(fields, channel, kind, personal) {
  const next = bodyOf(fields, kind, personal);
  const was = bodyOf(fieldsOf(channel, kind), kind, personal);
  return Object.fromEntries(Object.entries(next).filter(([name, value]) => !same(value, was[name])));
}
