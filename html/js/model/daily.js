/** Pure: the daily maintenance of a monitor or a heartbeat: four attributes, and the fields of their part of a form. */
import { daysWords, WEEK } from './calendar.js';
import { onlyWrong } from './checks.js';
import { localZone } from './zoned.js';

const ALL_DAYS = WEEK.map(([name]) => name);

export const newDaily = () => ({ daily: false, maintenance_from: '02:00', maintenance_to: '03:00', maintenance_timezone: localZone(), maintenance_days: ALL_DAYS });

const hourMinute = (time) => String(time ?? '').slice(0, 5);

export function dailyFields(thing) {
  if (!thing.maintenance_from || !thing.maintenance_to) return newDaily();
  return {
    daily: true,
    maintenance_from: hourMinute(thing.maintenance_from),
    maintenance_to: hourMinute(thing.maintenance_to),
    maintenance_timezone: thing.maintenance_timezone ?? 'UTC',
    maintenance_days: thing.maintenance_days ?? ALL_DAYS,
  };
}

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

export function checkDaily(fields) {
  if (!fields.daily) return {};
  const { maintenance_from: from, maintenance_to: to } = fields;
  return onlyWrong({
    maintenance_from: TIME.test(from) ? undefined : 'A time of day, like 02:00',
    maintenance_to: !TIME.test(to) ? 'A time of day, like 03:00' : from === to ? 'It has to end at another time than it begins' : undefined,
    maintenance_timezone: fields.maintenance_timezone.trim() ? undefined : 'Choose a time zone, like Europe/Berlin',
    maintenance_days: fields.maintenance_days.length ? undefined : 'Choose at least one day',
  });
}

export function dailyBody(fields) {
  if (!fields.daily) return { maintenance_from: null, maintenance_to: null, maintenance_timezone: null, maintenance_days: null };
  return {
    maintenance_from: `${fields.maintenance_from}:00`,
    maintenance_to: `${fields.maintenance_to}:00`,
    maintenance_timezone: fields.maintenance_timezone,
    maintenance_days: ALL_DAYS.filter((one) => fields.maintenance_days.includes(one)),
  };
}

/** "every day from 02:00 to 03:00 Europe/Berlin". */
export function dailyWords(thing) {
  const zone = thing.maintenance_timezone ?? 'UTC';
  return `${daysWords(thing.maintenance_days)} from ${hourMinute(thing.maintenance_from)} to ${hourMinute(thing.maintenance_to)} ${zone}`;
}

/** Over midnight both days have to be listed: what that means for the chosen ones. */
export const overMidnight = ({ maintenance_from: from, maintenance_to: to }) => from > to;
