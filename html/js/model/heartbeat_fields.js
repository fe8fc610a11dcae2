/** Pure: a heartbeat as the fields of its form, and those fields back as the body of a request. */
import { alertBody, alertFields, checkAlerts, newAlerts } from './alert_fields.js';
import { secondsOf, unitsOf } from './calendar.js';
import { onlyWrong } from './checks.js';
import { cronNext, parseCron } from './cron.js';
import { checkDaily, dailyBody, dailyFields, newDaily } from './daily.js';
import { isZone, localZone } from './zoned.js';

const PERIOD_MIN_S = 30;
const SPAN_MAX_S = 366 * 86_400;
const GRACE_SHARE = 0.2;
const NAME_CHARS_MAX = 255;

export const newFields = () => ({
  name: '', by: 'period', period: { count: '1', unit: 'hour' }, cron: '0 2 * * *', grace: { count: '12', unit: 'minute' }, grace_follows: true,
  server_timezone: localZone(), limited: false, max_runtime: { count: '1', unit: 'hour' }, ...newAlerts(), ...newDaily(),
});

export function fieldsOf(heartbeat) {
  const fresh = newFields();
  return {
    ...fresh,
    name: heartbeat.name ?? '',
    by: heartbeat.cron ? 'cron' : 'period',
    period: heartbeat.cron ? fresh.period : unitsOf(heartbeat.period),
    cron: heartbeat.cron ?? fresh.cron,
    grace: heartbeat.grace ? unitsOf(heartbeat.grace) : { count: '0', unit: 'minute' },
    grace_follows: false,
    server_timezone: heartbeat.server_timezone_iana ?? 'UTC',
    limited: Boolean(heartbeat.max_runtime),
    max_runtime: heartbeat.max_runtime ? unitsOf(heartbeat.max_runtime) : fresh.max_runtime,
    ...alertFields(heartbeat), ...dailyFields(heartbeat),
  };
}

/** The time between two runs, as far as it can be told; null if it cannot. */
export function periodOf(fields, now) {
  if (fields.by === 'period') return secondsOf(fields.period);
  if (!isZone(fields.server_timezone)) return null;
  const [one, two] = cronNext(fields.cron, fields.server_timezone, now, 2);
  return two ? (two - one) / 1000 : null;
}

/** About a fifth of the period: that itself if it is in whole hours or short in whole minutes, else a round number. */
export function suggestedGrace(fields, now) {
  const period = periodOf(fields, now);
  if (!period) return null;
  const seconds = Math.max(1, Math.round(period * GRACE_SHARE));
  if (seconds % 3600 === 0 || (seconds % 60 === 0 && seconds < 3600)) return unitsOf(seconds);
  const [step] = [3600, 300, 60, 30, 5].filter((one) => seconds >= one * 2);
  return unitsOf(step ? Math.round(seconds / step) * step : seconds);
}

function checkSpan(span, lowest, words) {
  const seconds = secondsOf(span);
  if (seconds === null) return 'A whole number';
  if (seconds < lowest) return words;
  return seconds > SPAN_MAX_S ? 'At most a year' : undefined;
}

export function checkFields(fields) {
  const name = fields.name.trim();
  return onlyWrong({
    name: name ? name.length > NAME_CHARS_MAX && `At most ${NAME_CHARS_MAX} characters` : 'Give it a name, like “Nightly backup”',
    period: fields.by === 'period' ? checkSpan(fields.period, PERIOD_MIN_S, `At least ${PERIOD_MIN_S} seconds`) : undefined,
    cron: fields.by === 'cron' ? parseCron(fields.cron).error : undefined,
    server_timezone: fields.by === 'cron' && !isZone(fields.server_timezone) ? 'Choose a time zone, like Europe/Berlin' : undefined,
    grace: checkSpan(fields.grace, 0, ''),
    max_runtime: fields.limited ? checkSpan(fields.max_runtime, 1, 'At least a second') : undefined,
    ...checkAlerts(fields), ...checkDaily(fields),
  });
}

export function bodyOf(fields) {
  const body = {
    name: fields.name.trim(),
    cron: fields.by === 'cron' ? fields.cron.trim().replace(/\s+/g, ' ') : null,
    grace: secondsOf(fields.grace),
    max_runtime: fields.limited ? secondsOf(fields.max_runtime) : null,
    ...alertBody(fields, false),
    ...dailyBody(fields),
  };
  if (fields.by === 'period') body.period = secondsOf(fields.period);
  if (fields.by === 'cron') body.server_timezone = fields.server_timezone;
  return body;
}

/** Only what the person changed. */
export function changesOf(fields, heartbeat) {
  const next = bodyOf(fields);
  const was = bodyOf(fieldsOf(heartbeat));
  return Object.fromEntries(Object.entries(next).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(was[name])));
}
