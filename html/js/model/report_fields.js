/** Pure: a scheduled report as the fields of its form, and those fields back as the body of a request. */
import { onlyWrong } from './checks.js';
import { isZone, localZone } from './zoned.js';

const NAME_CHARS_MAX = 255;

/** email: of who makes it. */
export function newFields(email) {
  return { name: '', period: 'month', timezone: localZone(), all_monitors: true, monitor_ids: [], emails: email ? [email] : [], channel_ids: [], enabled: true };
}

export function fieldsOf(report) {
  return {
    name: report.name ?? '', period: report.period ?? 'month', timezone: report.timezone_iana ?? report.timezone ?? 'UTC',
    all_monitors: report.all_monitors === true, monitor_ids: report.monitor_ids ?? [], emails: report.emails ?? [],
    channel_ids: report.channel_ids ?? [], enabled: report.enabled !== false,
  };
}

export function checkFields(fields) {
  const name = fields.name.trim();
  return onlyWrong({
    name: name ? name.length > NAME_CHARS_MAX && `At most ${NAME_CHARS_MAX} characters` : 'Give it a name, like “Our month”',
    timezone: isZone(fields.timezone) ? undefined : 'Choose a time zone, like Europe/Berlin',
    monitor_ids: fields.all_monitors || fields.monitor_ids.length ? undefined : 'Choose what it is about',
  });
}

export function bodyOf(fields) {
  return { ...fields, name: fields.name.trim(), monitor_ids: fields.all_monitors ? [] : fields.monitor_ids };
}

/** Only what the person changed; which monitors goes together. */
export function changesOf(fields, report) {
  const next = bodyOf(fields);
  const was = bodyOf(fieldsOf(report));
  const changed = Object.fromEntries(Object.entries(next).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(was[name])));
  if ('monitor_ids' in changed || 'all_monitors' in changed) Object.assign(changed, { all_monitors: next.all_monitors, monitor_ids: next.monitor_ids });
  return changed;
}
