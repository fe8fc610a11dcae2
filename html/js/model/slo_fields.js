/** Pure: an SLO as the fields of its form, and those fields back as the body of a request. */
import { onlyWrong } from './checks.js';
import { secondsWords } from './slos.js';
import { isZone, localZone } from './zoned.js';

const NAME_CHARS_MAX = 255;
const MONITORS_MAX = 1000;
const TARGET_MIN = 50;
const TARGET_MAX = 99.999;
const DAY_S = 86_400;
const MONTH_DAYS = 30;

export const WINDOWS = [['7', 'The last 7 days'], ['28', 'The last 28 days'], ['30', 'The last 30 days'], ['90', 'The last 90 days'], ['month', 'The calendar month']];
export const TARGETS = ['99', '99.5', '99.9', '99.95', '99.99'];

export const newFields = () => ({ name: '', target: '99.9', window: '30', timezone: localZone(), all_monitors: false, monitor_ids: [], burn_alerts: true, policy_id: '' });

export const fieldsOf = (slo) => ({
  name: slo.name, target: String(slo.target), window: String(slo.window), timezone: slo.timezone_iana ?? slo.timezone, all_monitors: slo.all_monitors,
  monitor_ids: slo.monitor_ids, burn_alerts: slo.burn_alerts, policy_id: slo.policy_id ?? '',
});

/** People write a comma, too. */
const numberOf = (text) => (/^\s*\d{1,3}([.,]\d{1,3})?\s*%?\s*$/.test(text) ? Number(text.replace(',', '.').replace('%', '')) : null);

function checkTarget(text) {
  if (!text.trim()) return 'Enter how many percent of the time, like 99.9';
  const target = numberOf(text);
  if (target === null) return 'A number of percent with at most three digits after the point, like 99.95';
  return target < TARGET_MIN || target > TARGET_MAX ? `From ${TARGET_MIN} to ${TARGET_MAX} %` : undefined;
}

export function checkFields(fields) {
  const name = fields.name.trim();
  return onlyWrong({
    name: name ? name.length > NAME_CHARS_MAX && `At most ${NAME_CHARS_MAX} characters` : 'Give it a name, like “Checkout”',
    target: checkTarget(fields.target),
    timezone: isZone(fields.timezone) ? undefined : 'Choose a time zone, like Europe/Berlin',
    monitor_ids: fields.all_monitors || fields.monitor_ids.length ? fields.monitor_ids.length > MONITORS_MAX && `At most ${MONITORS_MAX} monitors: choose all of them instead` : 'Choose at least one monitor',
  });
}

/** "Each monitor may be down for 43 min 12 s in 30 days."; nothing while the target is none. */
export function allowedWords({ target, window }) {
  const number = checkTarget(target) ? null : numberOf(target);
  if (number === null) return '';
  const days = window === 'month' ? MONTH_DAYS : Number(window);
  return `Each monitor may be down for ${secondsWords(Math.round((100 - number) * 1000) / 1e5 * days * DAY_S)} in ${window === 'month' ? 'a month of 30' : days} days.`;
}

export const bodyOf = (fields) => ({
  name: fields.name.trim(),
  target: numberOf(fields.target),
  window: fields.window === 'month' ? 'month' : Number(fields.window),
  timezone: fields.timezone,
  all_monitors: fields.all_monitors,
  monitor_ids: fields.all_monitors ? [] : fields.monitor_ids,
  burn_alerts: fields.burn_alerts,
  policy_id: fields.policy_id || null,
});

/** Only what the person changed. */
export function changesOf(fields, slo) {
  const was = bodyOf(fieldsOf(slo));
  return Object.fromEntries(Object.entries(bodyOf(fields)).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(was[name])));
}
