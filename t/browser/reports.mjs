// html/js/model: scheduled reports in words and in their form: what they promise, by example.
import { acknowledgedAfter, changeOf, daysWords, downtimeChange, mailWords, receiverWords, regionRows, reportWords, zoneOf } from '../../html/js/model/reports.js';
import { bodyOf, changesOf, checkFields, fieldsOf, newFields } from '../../html/js/model/report_fields.js';
import { finish, is, ok } from './tap.mjs';

is(/2026/.test(daysWords('2026-02-01', '2026-02-28')) && !/28/.test(daysWords('2026-02-01', '2026-02-28')), true, 'a whole month by its name');
ok(/16.*22.*2026/.test(daysWords('2026-11-16', '2026-11-22')) || /22.*2026/.test(daysWords('2026-11-16', '2026-11-22')), 'a week by its days');
ok(/2026.*2027/.test(daysWords('2026-12-28', '2027-01-03')), 'over the end of a year');
is(daysWords('x', 'y'), '–', 'no days');

const report = { period: 'week', all_monitors: false, monitor_ids: ['1', '2'], user_ids: ['1'], channel_ids: ['3', '4'] };
is(reportWords(report), 'Every week, about 2 monitors, to 1 member and 2 e-mail channels', 'a report in a sentence');
is(receiverWords({}), 'kept here, sent to nobody', 'nobody gets it');

is([zoneOf({ timezone: 'Berlin', timezone_iana: 'Europe/Berlin' }), zoneOf({ timezone: 'Europe/Berlin' }), zoneOf({ timezone: 'Berlin' })], ['Europe/Berlin', 'Europe/Berlin', 'UTC'], 'the zone of a report, and of what was made before the hub named it');

is(mailWords({ sent: 2, waiting: 1, failed: 1 }), 'Sent to 2, 1 on the way, 1 not delivered', 'mails');
is(mailWords({ sent: 0, to_send: true }), 'About to be sent', 'soon');
is(mailWords({}), 'Not sent', 'not at all');

is(changeOf(99.9, 99.95).better, false, 'less availability is worse');
is(downtimeChange(60, 120).better, true, 'less down time is better');
is(changeOf(100, 100).better, null, 'the same is neither');
is(changeOf(100, null), null, 'nothing to compare with');

is(acknowledgedAfter({ started_at: '2026-11-22T10:00:00Z', acknowledged_at: '2026-11-22T10:04:00Z' }), 240, 'acknowledged after 4 minutes');
is(acknowledgedAfter({ started_at: '2026-11-22T10:00:00Z', acknowledged_at: '2026-11-22T09:00:00Z' }), 0, 'never before it began');
is(acknowledgedAfter({ started_at: '2026-11-22T10:00:00Z', acknowledged_at: null }), null, 'by nobody');
is(regionRows([{ id: '1', name: 'a', regions: [{ region: 'eu', p95: 1 }] }, { id: '2', name: 'b' }]), [{ region: 'eu', p95: 1, id: '1', monitor: 'a' }], 'a row for each region');

const fields = { ...newFields('ann@example.com'), name: ' Our month ' };
is(fields.emails, ['ann@example.com'], 'to who makes it');
is(checkFields(fields), {}, 'a name is enough');
is(Object.keys(checkFields({ ...fields, name: ' ', timezone: 'Mars', all_monitors: false })), ['name', 'timezone', 'monitor_ids'], 'what is wrong');
is(bodyOf({ ...fields, monitor_ids: ['1'] }).monitor_ids, [], 'all of them needs no list');
const saved = { id: '1', ...bodyOf(fields), timezone_iana: fields.timezone };
is(changesOf(fieldsOf(saved), saved), {}, 'nothing changed');
is(changesOf({ ...fieldsOf(saved), all_monitors: false, monitor_ids: ['7'] }, saved), { all_monitors: false, monitor_ids: ['7'] }, 'which monitors goes together');
finish();
