// html/js/model: heartbeats, maintenance windows, and the times both are written in: what they promise, by example.
import { alertBody, newAlerts } from '../../html/js/model/alert_fields.js';
import { daysWords, everyWords, nth, secondsOf, spanWords, unitsOf } from '../../html/js/model/calendar.js';
import { cronNext, cronWords, parseCron } from '../../html/js/model/cron.js';
import { checkDaily, dailyBody, dailyFields, dailyWords, newDaily, overMidnight } from '../../html/js/model/daily.js';
import * as beatForm from '../../html/js/model/heartbeat_fields.js';
import { listSentence, pick, pingWords, scheduleWords, sentence, stateAt, tookWords } from '../../html/js/model/heartbeats.js';
import { parseRule } from '../../html/js/model/recurrence.js';
import { checkRecurrence, nextStarts, recurrenceOf, recurrenceWords, repeatFields } from '../../html/js/model/repeat.js';
import { snippets } from '../../html/js/model/snippets.js';
import * as windowForm from '../../html/js/model/window_fields.js';
import { covering, grouped, scopeWords, stateAt as windowStateAt, scheduleWords as windowWords } from '../../html/js/model/windows.js';
import { atIn, instantOf, isZone, wallFromText, wallOf, wallText, whenIn } from '../../html/js/model/zoned.js';
import { finish, is, ok } from './tap.mjs';

const ZONE = 'Europe/Berlin';
const NOW = Date.UTC(2026, 10, 22, 15);
const iso = (seconds) => new Date(NOW + seconds * 1000).toISOString();
const inUtc = (instants) => instants.map((at) => new Date(at).toISOString().slice(0, 16));

function calendar() {
  is([60, 300, 5400, 86_400, 90].map(everyWords), ['every minute', 'every 5 minutes', 'every 1 hour and 30 minutes', 'every day', 'every 1 minute and 30 seconds'], 'intervals in words');
  is([spanWords(0), spanWords(720), spanWords(90_061)], ['no time', '12 minutes', '1 day and 1 hour'], 'spans in words');
  is([1, 2, 3, 4, 11, 21, 22, 31].map(nth), ['1st', '2nd', '3rd', '4th', '11th', '21st', '22nd', '31st'], 'ordinals');
  is([unitsOf(7200), unitsOf(90), unitsOf(86_400)], [{ count: '2', unit: 'hour' }, { count: '90', unit: 'second' }, { count: '1', unit: 'day' }], 'a span in its largest whole unit');
  is([secondsOf({ count: '2', unit: 'hour' }), secondsOf({ count: '1.5', unit: 'hour' }), secondsOf({ count: '', unit: 'day' })], [7200, null, null], 'and back, if it is a whole number');
  is([daysWords(['mon', 'tue', 'wed', 'thu', 'fri']), daysWords(['sat', 'sun']), daysWords(null)], ['on Monday to Friday', 'on Saturday and Sunday', 'every day'], 'days');
}

function clocks() {
  is(inUtc([instantOf(Date.UTC(2026, 6, 1, 2), ZONE), instantOf(Date.UTC(2026, 11, 1, 2), ZONE)]), ['2026-07-01T00:00', '2026-12-01T01:00'], 'summer and winter');
  is(inUtc([instantOf(Date.UTC(2026, 2, 29, 2, 30), ZONE)]), ['2026-03-29T01:00'], 'a time that is jumped over is the moment of the jump');
  is(inUtc([instantOf(Date.UTC(2026, 9, 25, 2, 30), ZONE)]), ['2026-10-25T00:30'], 'of two the first');
  is(wallText(wallOf(NOW, 'Asia/Kolkata')), '2026-11-22T20:30', 'zones of half hours');
  is([isZone('Europe/Berlin'), isZone('Mars/Base'), isZone('')], [true, false, false], 'zones there are');
  is([wallFromText('2026-11-22T02:00'), wallFromText('2026-11-22')], [Date.UTC(2026, 10, 22, 2), null], 'fields for date and time');
  is([whenIn(iso(3600), ZONE, NOW), whenIn(iso(86_400), ZONE, NOW), whenIn(iso(172_800), ZONE, NOW), whenIn(iso(86_400 * 90), ZONE, NOW)],
    ['today 17:00', 'tomorrow 16:00', 'Tue 24 Nov, 16:00', 'Sat 20 Feb 2027, 16:00'], 'moments near and far');
  is([atIn(iso(60), ZONE, NOW), atIn(iso(-86_400), ZONE, NOW), atIn(iso(172_800), ZONE, NOW)], ['at 16:01', 'yesterday at 16:00', 'on Tue 24 Nov at 16:00'], 'and inside a sentence');
}

function cron() {
  const words = {
    '0 2 * * *': 'every day at 02:00', '*/5 * * * *': 'every 5 minutes', '* * * * *': 'every minute', '15 * * * *': 'every hour at minute 15', '0 */2 * * *': 'every 2 hours',
    '30 9 * * 1-5': 'on Monday to Friday at 09:30', '0 0 1,15 * *': 'on the 1st and 15th of the month at 00:00', '@weekly': 'on Sunday at 00:00',
    '0 0 1 JAN,JUL *': 'on the 1st of the month in January and July at 00:00', '*/10 8-18 * * 1-5': 'every 10 minutes, from 08:00 to 18:59 on Monday to Friday',
  };
  is(Object.keys(words).map(cronWords), Object.values(words), 'expressions in words');
  const wrong = ['', '0 2 * *', '61 * * * *', '* * * * 8', '0 0 30 2 *', '@reboot', '*/0 * * * *', '5-1 * * * *', 'x * * * *'];
  ok(wrong.every((text) => parseCron(text).error), 'what is wrong with one is said');
  ok(parseCron('0 0 * * fri-sun').fields, 'a week may end on Sunday');
  is(inUtc(cronNext('0 2 * * *', ZONE, NOW, 2)), ['2026-11-23T01:00', '2026-11-24T01:00'], 'the next runs');
  is(inUtc(cronNext('0 0 1 * MON', 'UTC', NOW, 3)), ['2026-11-23T00:00', '2026-11-30T00:00', '2026-12-01T00:00'], 'either day will do');
  is(inUtc(cronNext('30 2 * * *', ZONE, Date.UTC(2026, 2, 28, 12), 2)), ['2026-03-29T01:00', '2026-03-30T00:30'], 'over a jump of the clock');
  is([inUtc(cronNext('0 */2 * * *', ZONE, Date.UTC(2026, 2, 28, 23, 30), 1)), inUtc(cronNext('0 */2 * * *', ZONE, Date.UTC(2026, 9, 25, 0, 10), 2))], [['2026-03-29T02:00'], ['2026-10-25T01:00', '2026-10-25T03:00']], 'what runs every so often follows the new time at once');
  is(cronNext('0 0 29 2 *', 'UTC', NOW, 9).length, 1, 'five years ahead and no further');
  is(cronNext('nonsense', 'UTC', NOW, 9), [], 'of nonsense nothing');
}

const starts = (recurrence, first, count = 3, after = NOW) => inUtc(nextStarts({ recurrence, startsAt: Date.parse(first), zone: ZONE, after, count, lastsMs: 3_600_000 }));

function rules() {
  const first = '2026-11-22T01:00:00Z';
  is(starts('RRULE:FREQ=WEEKLY;BYDAY=SU', first), ['2026-11-29T01:00', '2026-12-06T01:00', '2026-12-13T01:00'], 'every week');
  is(starts('RRULE:FREQ=MONTHLY;BYDAY=-1FR', first, 2), ['2026-11-27T01:00', '2026-12-25T01:00'], 'the last Friday');
  is(starts('RRULE:FREQ=MONTHLY;BYMONTHDAY=31', first), ['2026-12-31T01:00', '2027-01-31T01:00', '2027-03-31T00:00'], 'only months that have the day; the clock of the zone');
  is(starts('RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE', first), ['2026-11-30T01:00', '2026-12-02T01:00', '2026-12-14T01:00'], 'every other week, counted from the first');
  is(starts('RRULE:FREQ=DAILY;COUNT=3', first, 9), ['2026-11-23T01:00', '2026-11-24T01:00'], 'a count that began before');
  is(starts('RRULE:FREQ=DAILY;UNTIL=20261124T235959', first, 9), ['2026-11-23T01:00', '2026-11-24T01:00'], 'until a day of the zone');
  is(starts('RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2TU', first, 2), ['2027-03-09T01:00', '2028-03-14T01:00'], 'a weekday of a month of each year');
  is(starts('RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', first, 2), ['2026-11-30T01:00', '2026-12-31T01:00'], 'the last working day');
  is(starts('RRULE:FREQ=DAILY', '2026-11-22T14:30:00Z', 1), ['2026-11-22T14:30'], 'one that is open now counts');
  is(starts('0 3 * * SUN', first, 1), ['2026-11-29T02:00'], 'cron expressions, too');
  const wrong = ['', 'RRULE:FREQ=HOURLY', 'RRULE:BYDAY=MO', 'RRULE:FREQ=DAILY;COUNT=1;UNTIL=20270101', 'RRULE:FREQ=WEEKLY;BYDAY=1MO', 'RRULE:FREQ=DAILY;BYHOUR=3', 'RRULE:FREQ=DAILY;INTERVAL=0'];
  ok(wrong.every((text) => parseRule(text).error), 'what is wrong with a rule is said');
  is([checkRecurrence('0 2 * * *'), Boolean(checkRecurrence('0 2 * *')), checkRecurrence('FREQ=DAILY')], [undefined, true, undefined], 'a rule or a cron expression');
}

function builder() {
  const at = Date.parse('2026-11-22T01:00:00Z');
  const texts = {
    'RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU': 'every other week on Saturday and Sunday at 02:00', 'RRULE:FREQ=MONTHLY;BYDAY=1SU;COUNT=3': 'every month on the first Sunday, 3 times, at 02:00',
    'RRULE:FREQ=MONTHLY;BYMONTHDAY=-1': 'every month on the last day at 02:00', 'RRULE:FREQ=DAILY;UNTIL=20271231T235959': 'every day, until 31 Dec 2027, at 02:00',
  };
  is(Object.keys(texts).map((text) => recurrenceWords(text, at, ZONE)), Object.values(texts), 'rules in words');
  is(Object.keys(texts).map((text) => recurrenceOf({ ...windowForm.newFields(NOW), ...repeatFields(text) })), Object.keys(texts), 'what the builder can show it can write');
  is(['RRULE:FREQ=YEARLY', 'RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15', '0 2 * * *'].map((text) => repeatFields(text).repeat), ['expert', 'expert', 'expert'], 'the rest is left to the expert');
}

const beat = (more) => ({ id: '1', name: 'b', state: 'up', status: 'up', period: 3600, grace: 600, cron: null, server_timezone: 'UTC', expected_at: iso(600), deadline_at: iso(1200), state_since: iso(-60), last_ping: 'success', ...more });
const nightly = { cron: '0 2 * * *', server_timezone: ZONE, server_timezone_iana: ZONE };

function heartbeats() {
  is([scheduleWords(beat()), scheduleWords(beat(nightly)), scheduleWords(beat({ cron: '*/5 * * * *' }))], ['every hour', 'every day at 02:00 Europe/Berlin', 'every 5 minutes'], 'when it is expected');
  is([stateAt(beat(), NOW), stateAt(beat({ expected_at: iso(-1) }), NOW), stateAt(beat({ state: 'running', expected_at: iso(-1) }), NOW)], ['up', 'late', 'running'], 'late by the clock; missed only by the hub’s word');
  const says = (state, more) => sentence(beat({ ...nightly, state, ...more }), state, NOW);
  is(says('up'), 'Next ping expected at 16:10, in 10 min.', 'one that is up');
  is(says('late', { expected_at: iso(-120), deadline_at: iso(480) }), 'Expected at 15:58, has 8 more minutes.', 'a late one has time left');
  is(says('late', { expected_at: iso(-120), deadline_at: iso(-1) }), 'Expected at 15:58, and its grace is over.', 'or none');
  is(says('down', { expected_at: iso(-900), deadline_at: iso(-300) }), 'Expected at 15:45, nothing came by 15:55.', 'a missed one');
  is([says('down', { last_ping: 'fail', last_exit_code: 3 }), says('down', { last_ping: 'fail' })], ['It ended with exit code 3.', 'It reported a failure.'], 'a failed one');
  is(says('down', { last_ping: 'start', max_runtime: 600 }), 'It started, and did not end within 10 minutes.', 'one that took too long');
  is(says('running', { last_ping_at: iso(-60), max_runtime: 600 }), 'It has 9 min to end.', 'one that runs');
  const all = [beat({ id: '1', name: 'b' }), beat({ id: '2', name: 'a', state: 'down' }), beat({ id: '3', name: 'c', expected_at: iso(-5) }), beat({ id: '4', name: 'd', state: 'paused' })];
  is([listSentence([], NOW), listSentence(all, NOW), listSentence([beat()], NOW), listSentence([beat({ state: 'pending' }), beat()], NOW)],
    ['No heartbeat yet', '1 of 3 down, 1\u00a0late', 'Everything is on time', '1 of 2 on time, 1\u00a0waiting for the first ping'], 'the sentence of the list');
  is([pick(all, { words: '', state: '', time: NOW }).map((one) => one.name), pick(all, { words: '', state: 'late', time: NOW }).length, pick(all, { words: 'A', state: '', time: NOW }).length], [['a', 'c', 'b', 'd'], 1, 1], 'worst first, by state and by name');
  is([pingWords({ what: 'success' })[1], pingWords({ what: 'fail', exit_code: 3 })[1], pingWords({ what: 'fail', exit_code: null })[1], pingWords({ what: 'start' })[1]], ['Succeeded', 'Failed, exit code 3', 'Failed', 'Started'], 'pings');
  is([420, 3200, 250_000].map(tookWords), ['420 ms', '3.2 s', '4 min 10 s'], 'how long a run took');
}

function heartbeatForm() {
  const { newFields, fieldsOf, checkFields, bodyOf, changesOf, suggestedGrace } = beatForm;
  const fields = { ...newFields(), name: ' Backup ' };
  is(bodyOf(fields), { name: 'Backup', cron: null, grace: 720, max_runtime: null, ...alertBody(newAlerts(), false), maintenance_from: null, maintenance_to: null, maintenance_timezone: null, maintenance_days: null, period: 3600 }, 'a new one');
  const scheduled = bodyOf({ ...fields, by: 'cron', cron: ' 0  2 * * * ', server_timezone: ZONE });
  is([scheduled.cron, scheduled.server_timezone, 'period' in scheduled], ['0 2 * * *', ZONE, false], 'by a schedule there is no period');
  const wrong = (more) => Object.keys(checkFields({ ...fields, ...more }));
  is([wrong({ name: ' ' }), wrong({ period: { count: '29', unit: 'second' } }), wrong({ by: 'cron', cron: 'x' }), wrong({ by: 'cron', server_timezone: 'x' }), wrong({ grace: { count: 'x', unit: 'hour' } }), wrong({ limited: true, max_runtime: { count: '0', unit: 'hour' } }), wrong({})],
    [['name'], ['period'], ['cron'], ['server_timezone'], ['grace'], ['max_runtime'], []], 'what is wrong, by field');
  is([suggestedGrace({ by: 'period', period: { count: '5', unit: 'minute' } }, NOW), suggestedGrace({ by: 'period', period: { count: '30', unit: 'second' } }, NOW), suggestedGrace({ by: 'cron', cron: '0 2 * * *', server_timezone: 'UTC' }, NOW)],
    [{ count: '1', unit: 'minute' }, { count: '6', unit: 'second' }, { count: '5', unit: 'hour' }], 'a fifth of the interval, rounded');
  const held = beat({ ...nightly, max_runtime: 600, maintenance_from: '02:00:00', maintenance_to: '03:00:00', maintenance_timezone: ZONE, maintenance_days: ['sun'] });
  is([changesOf(fieldsOf(held), held), changesOf({ ...fieldsOf(held), name: 'x', limited: false }, held)], [{}, { name: 'x', max_runtime: null }], 'only what was changed');
  is(changesOf({ ...fieldsOf(held), by: 'period' }, held), { cron: null, period: 3600 }, 'from a schedule to an interval');
}

function daily() {
  const fields = { ...newDaily(), daily: true, maintenance_timezone: ZONE, maintenance_days: ['sun', 'sat'] };
  is(dailyBody(fields), { maintenance_from: '02:00:00', maintenance_to: '03:00:00', maintenance_timezone: ZONE, maintenance_days: ['sat', 'sun'] }, 'as the API has it');
  is(dailyFields(dailyBody(fields)).maintenance_from, '02:00', 'and back');
  is([dailyFields({}).daily, dailyBody(newDaily()).maintenance_from], [false, null], 'or none');
  is([Object.keys(checkDaily({ ...fields, maintenance_to: '02:00', maintenance_days: [] })), checkDaily({ daily: false, maintenance_to: '' })], [['maintenance_to', 'maintenance_days'], {}], 'what is wrong');
  is([dailyWords(dailyBody(fields)), overMidnight({ maintenance_from: '23:00', maintenance_to: '01:00' })], ['on Saturday and Sunday from 02:00 to 03:00 Europe/Berlin', true], 'in words');
}

const windowOf = (more) => ({ id: '1', name: 'w', starts_at: '2026-11-22T14:00:00Z', ends_at: '2026-11-22T16:00:00Z', duration: null, recurrence: null, timezone: ZONE, timezone_iana: ZONE, all_monitors: false, monitor_ids: ['7'], heartbeat_ids: [], state: 'active', current_ends_at: '2026-11-22T16:00:00Z', next_starts_at: null, updated_at: iso(0), ...more });

function windows() {
  const weekly = windowOf({ id: '2', recurrence: 'RRULE:FREQ=WEEKLY;BYDAY=SU', starts_at: '2026-11-22T01:00:00Z', ends_at: null, duration: 7200, state: 'scheduled', next_starts_at: iso(9000), all_monitors: true, monitor_ids: [], heartbeat_ids: ['3'] });
  is([windowWords(windowOf(), NOW), windowWords(weekly, NOW)], ['today 15:00 to 17:00 Europe/Berlin', 'every week on Sunday at 02:00 Europe/Berlin, for 2 hours'], 'when');
  is([scopeWords(windowOf()), scopeWords(weekly)], ['1 monitor', 'every monitor and 1 heartbeat'], 'for what');
  is([windowStateAt(windowOf(), NOW), windowStateAt(windowOf(), NOW + 3_600_000)], ['active', 'ended'], 'its end needs no event');
  const ended = windowOf({ id: '3', state: 'ended' });
  is(grouped([ended, weekly, windowOf()], NOW).map(([state, , some]) => [state, some.map((one) => one.id)]), [['active', ['1']], ['scheduled', ['2']], ['ended', ['3']]], 'active first, then what comes, then what is over');
  const open = [windowOf(), { ...weekly, state: 'active', current_ends_at: null }];
  is([covering(open, 'monitor', 7, NOW).length, covering(open, 'monitor', 8, NOW).length, covering(open, 'heartbeat', 3, NOW).length], [2, 1, 1], 'which cover something now');
}

function windowFields() {
  const { newFields, fieldsOf, bodyOf, checkFields, changesOf, preview } = windowForm;
  const fields = { ...newFields(NOW), name: 'w', timezone: ZONE, starts: '2026-11-23T02:00', monitor_ids: ['7'] };
  is(bodyOf(fields), { name: 'w', description: null, starts_at: '2026-11-23T01:00:00.000Z', ends_at: '2026-11-23T02:00:00.000Z', duration: null, recurrence: null, timezone: ZONE, all_monitors: false, monitor_ids: ['7'], heartbeat_ids: [] }, 'once');
  const weekly = bodyOf({ ...fields, kind: 'repeats', weekdays: [0] });
  is([weekly.starts_at, weekly.duration, weekly.ends_at, weekly.recurrence], ['2026-11-29T01:00:00.000Z', 3600, null, 'RRULE:FREQ=WEEKLY;BYDAY=SU'], 'what repeats starts on the first day that fits');
  const wrong = (more) => Object.keys(checkFields({ ...fields, ...more }));
  is([wrong({}), wrong({ monitor_ids: [] }), wrong({ monitor_ids: [], all_monitors: true }), wrong({ by: 'end', ends: '2026-11-23T01:00' }), wrong({ starts: '' }), wrong({ kind: 'repeats', weekdays: [] }), wrong({ kind: 'repeats', repeat: 'expert', expert: 'x' }), wrong({ length: { count: '0', unit: 'hour' } })],
    [[], ['monitor_ids'], [], ['ends'], ['starts'], ['weekdays'], ['expert'], ['length']], 'what is wrong, by field');
  is(preview({ ...fields, kind: 'repeats' }, NOW, 2).map((one) => inUtc([one.starts, one.ends])), [['2026-11-29T01:00', '2026-11-29T02:00'], ['2026-12-06T01:00', '2026-12-06T02:00']], 'the next times');
  is(preview({ ...fields, starts: '' }, NOW, 2), [], 'none while something is wrong');
  const held = windowOf();
  is([changesOf(fieldsOf(held, NOW), held, NOW), Object.keys(changesOf({ ...fieldsOf(held, NOW), ends: '2026-11-22T18:00' }, held, NOW))], [{}, ['ends_at', 'starts_at', 'duration', 'recurrence', 'timezone']], 'only what was changed; times go together');
}

function examples() {
  const url = 'https://hub.example/api/v1/heartbeat/abc';
  const texts = snippets(url, { cron: '5 4 * * *' });
  ok(texts.every(([, , , text]) => text.includes(url)), 'every example has the address');
  const line = (heartbeat) => snippets(url, heartbeat).find(([key]) => key === 'crontab')[3].split(' curl')[0];
  is([line({ cron: '5 4 * * *' }), ...[60, 300, 3600, 21_600, 86_400, 90].map((period) => line({ cron: null, period }))],
    ['5 4 * * *', '* * * * *', '*/5 * * * *', '0 * * * *', '0 */6 * * *', '0 2 * * *', '0 2 * * *'], 'the crontab has its times');
}

calendar();
clocks();
cron();
rules();
builder();
heartbeats();
heartbeatForm();
daily();
windows();
windowFields();
examples();
finish();
