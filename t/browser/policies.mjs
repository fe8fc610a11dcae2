// html/js/model: policies in sentences and in their editor, on-call calendars, escalations: what they promise, by example.
import { alertBody, alertFields, alertsHint, checkAlerts, newAlerts, teamWaits } from '../../html/js/model/alert_fields.js';
import { checkEscalate, escalateBody, escalateFields, nextWords, overWords, stepWords } from '../../html/js/model/escalation.js';
import { memberChoices, memberWords, personName } from '../../html/js/model/members.js';
import { plain, sentences, stepTimes } from '../../html/js/model/policy.js';
import * as form from '../../html/js/model/policy_fields.js';
import * as turns from '../../html/js/model/rotation.js';
import * as shifts from '../../html/js/model/shifts.js';
import { checkUrgency, urgencyBody, urgencyFields, usedWords, waysOf, waysWords } from '../../html/js/model/ways.js';
import { localZone, wallFromText, wallOf } from '../../html/js/model/zoned.js';
import { finish, is, ok } from './tap.mjs';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const ZONE = 'Europe/Berlin';
const NOW = Date.UTC(2026, 10, 22, 15);

const names = {
  people: [{ id: '1', name: 'Anna', email: 'anna@example.com' }, { id: '2', name: '', email: 'ben@example.com' }],
  calendars: [{ id: '1', name: 'Primary', default_calendar: true }, { id: '2', name: 'Database', default_calendar: false }],
  channels: [{ id: '7', name: '#ops', kind: 'slack' }],
  policies: [{ id: '3', name: 'Night' }, { id: '4', name: 'Day' }],
  urgencies: [{ id: '5', name: 'High', email: true, push: false, sms: true, call: true, critical_alert: true }],
};

const read = (policy) => sentences(policy, names).map(plain);
const notify = (wait, ...members) => ({ type: 'escalation', wait_before: wait, step_members: members });

function words() {
  is(read({ steps: [] }), ['Nobody is told. Incidents are recorded, and that is all.'], 'a silent policy');
  is(read({ steps: [{ ...notify(0, { type: 'current_on_call' }), urgency_id: 5 }, notify(300, { type: 'user', id: 2 }, { type: 'channel', id: 7 }, { type: 'entire_team' })] }),
    ['When an incident starts, notify whoever is on call by e-mail, SMS and phone call, even in quiet hours.', 'If nobody acknowledges within 5 minutes, notify ben@example.com, #ops and the entire team.'], 'steps as sentences');
  is(read({ steps: [notify(60, { type: 'policy', id: 3 })], repeat_count: 2, repeat_delay: 60, fallback_policy_id: 9 }),
    ['When an incident has lasted 1 minute, hand over to the policy Night.', 'If nobody has acknowledged then, repeat all of it 2 times, each after 1 minute, then hand over to a policy that is gone.'], 'and what follows');
  const branch = { type: 'time_branching', wait_before: 0, days: ['sat', 'sun'], time_from: '22:00', time_to: '06:00', timezone: ZONE, policy_id: 3 };
  const keyed = { type: 'metadata_branching', wait_before: 120, metadata_key: 'team', metadata_values: [{ type: 'String', value: 'a' }, { type: 'no_value' }], policy_metadata_key: 'owner' };
  const told = { type: 'instructions', wait_until_time: '09:00', wait_until_timezone: ZONE, instructions_comment: 'x', instructions_reminder_enabled: true, instructions_reminder_interval_hours: 4 };
  is(read({ steps: [branch, keyed, told] }), [
    'When an incident starts, if it is between 22:00 and 06:00 Europe/Berlin on Saturday and Sunday, go on with Night.',
    'If nobody acknowledges within 2 minutes and “team” of the incident is a or not there, go on with the policy that “owner” of the incident names.',
    'If nobody acknowledges until 09:00 Europe/Berlin, show the instructions, again every 4 hours.',
  ], 'branches and instructions');
  is(stepTimes([notify(0), notify(300), notify(3600), told, notify(60)]), ['at once', '+5 min', '+1 h 5 min', '09:00', '09:00 +1 min'], 'when each step comes');
  ok(read({ steps: [{ type: 'brand_new' }] })[0].includes('does not know'), 'a step that the page does not know breaks nothing');
}

function members() {
  is([memberWords({ type: 'current_on_call', id: 2 }, names), memberWords({ type: 'user', email: 'cem@example.com' }, names), memberWords({ type: 'webhook', id: 99 }, names)],
    ['whoever is on call in Database', 'cem@example.com', 'a channel that is gone'], 'members in words');
  is(personName(undefined, { id: 1 }), '…', 'names that are not known yet');
  const groups = memberChoices(names, [{ type: 'entire_team' }, { type: 'user', id: 1 }], '3');
  is(groups.map(([title, some]) => [title, some.map(([, text]) => text)]), [
    ['People', ['whoever is on call', 'whoever is on call in Database', 'ben@example.com']], ['Channels', ['every channel', 'every Slack channel', '#ops']],
    ['Hand over to', ['the policy Day']], ['By metadata', ['whoever “…” of the incident names']]], 'who can be chosen: nobody twice, no policy itself');
}

function editor() {
  const fresh = form.newFields();
  is(Object.keys(form.checkFields(fresh)), ['name'], 'a new policy lacks a name only');
  is(form.bodyOf({ ...fresh, name: ' A ' }), {
    name: 'A', repeat_count: 0, repeat_delay: 0, fallback_policy_id: null,
    steps: [notify(0, { type: 'current_on_call' }), notify(300, { type: 'entire_team' })].map(({ type, wait_before, step_members }) => ({ type, wait_before, step_members })) }, 'and is one that works');
  const held = { id: '1', name: 'A', repeat_count: 1, repeat_delay: 60, fallback_policy_id: 3, steps: [
    { ...notify(0, { type: 'user', id: 1, email: 'anna@example.com' }), urgency_id: 5 },
    { type: 'time_branching', wait_before: 60, days: ['mon'], time_from: '09:00', time_to: '10:00', timezone: 'UTC', policy_id: 3 },
    { type: 'metadata_branching', wait_before: 0, metadata_key: 'k', metadata_values: [{ type: 'String', value: 'a' }, { type: 'no_value' }], policy_metadata_key: 'p' },
    { type: 'instructions', wait_until_time: '09:00', wait_until_timezone: ZONE, instructions_comment: 'do', instructions_reminder_enabled: false }] };
  is([form.changesOf(form.fieldsOf(held), held), form.checkFields(form.fieldsOf(held))], [{}, {}], 'what is kept is shown whole, and nothing has changed');
  const whole = form.stepBody(form.fieldsOf({ steps: [{ type: 'time_branching', days: [], time_from: null, policy_id: 3 }] }).steps[0]);
  is([whole.days.length, whole.time_from], [7, undefined], 'a branch without times is about whole days');
  const wrong = (step) => Object.values(form.checkStep({ ...form.newStep(step.type ?? 'escalation'), ...step }));
  is([wrong({}), wrong({ type: 'time_branching', days: [], to: '9' }).length, wrong({ before: { count: '8', unit: 'day' }, members: [{ type: 'entire_team' }] }), wrong({ type: 'instructions', remind: true, hours: '0', comment: 'x' })],
    [['Choose whom to notify'], 3, ['At most a week'], ['A whole number from 1 to 720']], 'what is wrong with a step');
  const { steps } = form.newFields();
  is([form.moved(steps, 1, -1).map(({ key }) => key), form.moved(steps, 0, -1) === steps], [[steps[1].key, steps[0].key], true], 'steps are moved, but not beyond the ends');
  is(form.errorsAtSteps({ 'steps[1].step_members[0].id': ['is gone'], 'steps[0].wait_until_timezone': ['is no zone'], name: ['is taken'], 'steps[9].x': ['?'] }, steps),
    { [`${steps[1].key}.members`]: ['is gone'], [`${steps[0].key}.wait`]: ['is no zone'], name: ['is taken'], 'steps[9].x': ['?'] }, "the hub's errors are told at the step they concern");
  is([form.withValue([], ' a '), form.withValue([{ type: 'String', value: 'a' }], 'a')], [[{ type: 'String', value: 'a' }], null], 'values, each once');
}

function urgencies() {
  is([waysWords({}), waysWords({ push: true }), waysOf({ call: true })], ['any way there is', 'push message', { call: true, sms: false, email: true, push: true, critical_alert: false }], 'ways');
  is(checkUrgency({ ...urgencyFields(), email: false, push: false }), { name: 'Give it a name, like “High”', ways: 'Choose at least one way' }, 'an urgency has a name and a way');
  is(urgencyBody(urgencyFields({ name: ' High ', call: true })).name, 'High', 'its body');
  is([usedWords({ id: '5' }, [{ steps: [{ urgency_id: 5 }] }, { steps: [] }]), usedWords({ id: '6' }, [])], ['Used by 1 policy', 'Not used yet'], 'who uses it');
}

function calendars() {
  const monday = Date.UTC(2026, 10, 23);
  is([shifts.startOfWeek(Date.UTC(2026, 10, 29, 23)), shifts.startOfWeek(monday)], [monday, monday], 'weeks begin on Monday');
  is([shifts.weeksOf(Date.UTC(2026, 1, 1)).length, shifts.weeksOf(Date.UTC(2027, 1, 1)).length, shifts.rangeOf('week', monday + HOUR_MS)], [5, 4, { from: monday, to: monday + 7 * DAY_MS }], 'what is on show');
  is([shifts.rangeTitle('week', monday), shifts.rangeTitle('week', monday + 7 * DAY_MS), shifts.rangeTitle('month', monday)], ['23 to 29 November 2026', '30 November to 6 December 2026', 'November 2026'], 'its title');
  is([shifts.step('week', monday + DAY_MS, 1), shifts.step('month', monday, 2)], [monday + 7 * DAY_MS, Date.UTC(2027, 0, 1)], 'the next');
  const walls = shifts.wallShifts([{ users: ['1'], starts_at: '2026-10-24T22:00:00Z', ends_at: '2026-10-25T23:00:00Z', source: 'rotation' }], ZONE)[0];
  is((walls.to - walls.from) / HOUR_MS, 24, 'a day of 25 hours is as wide as any other');
  const some = [{ users: ['1'], from: monday - DAY_MS, to: monday + DAY_MS, source: 'rotation' }, { users: ['2'], from: monday + 12 * HOUR_MS, to: monday + 2 * DAY_MS, source: 'override' },
    { users: ['1'], from: monday + DAY_MS, to: monday + 3 * DAY_MS, source: 'rotation' }];
  const bars = shifts.barsOf(some, monday, monday + 2 * DAY_MS);
  is(bars.map(({ left, width, lane, begins, finishes }) => [left, width, lane, begins, finishes]), [[0, 0.5, 0, false, true], [0.25, 0.75, 1, true, true], [0.5, 0.5, 0, true, false]], 'bars in lanes');
  is([shifts.lanesOf(bars), shifts.lanesOf([])], [2, 1], 'how many lanes');
  is([shifts.dayWords(some, names.people, monday), shifts.dayWords([], names.people, monday)], ['Anna, ben@example.com from 12:00 (override)', 'nobody on call'], 'a day in words');
  is([shifts.nowSentence({ on_call_now: ['1', '2'] }, names.people), shifts.nowSentence({}, names.people)], ['Anna and ben@example.com are on call', 'Nobody is on call'], 'who is on call');
  const next = [{ users: ['2'], starts_at: '2026-11-23T08:00:00Z', ends_at: '2026-11-30T08:00:00Z', source: 'rotation' }];
  const calendar = { next_handover_at: '2026-11-23T08:00:00Z' };
  is([shifts.nextSentence(calendar, next, names.people, ZONE, NOW), shifts.nextSentence(calendar, [], names.people, ZONE, NOW), shifts.nextSentence({ next_handover_at: null }, [], [], ZONE, NOW)],
    ['ben@example.com takes over tomorrow at 09:00', 'Hand-over tomorrow at 09:00: nobody is planned then', ''], 'who is next');
  is([shifts.daySpan(monday + DAY_MS, monday), shifts.snapped(monday + 7 * 60_000), shifts.snapped(monday + 8 * 60_000)], [{ from: monday, to: monday + 2 * DAY_MS }, monday, monday + 900_000], 'spans in either direction, in quarters of an hour');
}

function rotations() {
  const rotation = { users: ['anna@example.com', 'ben@example.com'], rotation_length: 1, rotation_interval: 'week', timezone: ZONE, start_rotations_at: '2026-11-16T08:00:00Z', end_rotations_at: null };
  is(turns.rotationWords(rotation, names.people), 'Anna and ben@example.com take turns, one week each.', 'a rotation in words');
  is(turns.handoverWords(rotation, NOW), 'Hand-over on Mondays at 09:00, Europe/Berlin.', 'and its hand-over');
  const fields = turns.rotationFields(rotation, names.people, NOW);
  is([turns.checkRotation(fields), turns.rotationBody(fields)], [{}, { ...rotation, start_rotations_at: '2026-11-16T08:00:00.000Z' }], 'its form changes nothing by itself');
  is(Object.keys(turns.checkRotation({ ...fields, users: [], length: '53', timezone: 'Mars', ends_known: true, ends: '2026-01-01T00:00' })), ['users', 'length', 'timezone', 'ends'], 'what is wrong with one');
  const hours = Array.from({ length: 8 * 24 }, (_, i) => NOW + i * 3_600_000);
  const since = (now) => wallOf(now, localZone()) - wallFromText(turns.rotationFields(null, names.people, now).starts);
  ok(hours.every((now) => since(now) >= 0 && since(now) < 7 * 86_400_000), 'whoever is first in a new one is on call at once, also on Monday before nine');
  const event = { users: ['ben@example.com'], starts_at: '2026-11-23T08:00:00Z', ends_at: '2026-11-23T10:00:00Z', override: true };
  const made = turns.fieldsOfEvent(event, names.people, ZONE);
  is([made.starts, turns.eventBody(made).starts_at, turns.eventWords(event, ZONE, NOW)], ['2026-11-23T09:00', '2026-11-23T08:00:00.000Z', 'tomorrow 09:00 to 11:00'], 'cover, in the zone that is shown');
  is(Object.keys(turns.checkEvent({ ...made, users: [], ends: made.starts })), ['users', 'ends'], 'what is wrong with it');
}

function escalations() {
  const running = { next_at: new Date(NOW + 240_000).toISOString(), next: 'The whole team', step: 2, steps_count: 3, repeats_done: 1 };
  is([nextWords(running, NOW), nextWords(running, NOW + 240_000), nextWords({ ...running, next: 'Theo' }, NOW), nextWords(null, NOW)],
    ['Next: the whole team in 4 min', 'Next: the whole team now', 'Next: Theo in 4 min', ''], 'who is next, and when');
  is([stepWords(running), stepWords({ steps_count: 0 })], ['Step 2 of 3, round 2', 'Nobody is told by it'], 'how far it is');
  is([overWords({ steps_count: 2 }, { acknowledged_at: 'x', acknowledged_by: 'Ada' }), overWords({ steps_count: 0 }, {}), overWords({ steps_count: 1 }, {})],
    ['Stopped: Ada has it.', 'The policy is silent: nobody is told.', 'It has come to its end: nobody else follows.'], 'why nothing follows');
  is(checkEscalate({ ...escalateFields(), email: false, push: false }), { user: 'Choose the person', ways: 'Choose at least one way' }, 'escalating by hand names somebody, and a way');
  is([escalateBody({ ...escalateFields(), type: 'Policy', policy: '3' }), escalateBody({ ...escalateFields(), user: '1' }).user_id], [{ escalation_type: 'Policy', policy_id: 3 }, 1], 'what is sent');
}

function alerts() {
  is([alertFields({}), checkAlerts({ ...newAlerts(), email: false, push: false })], [newAlerts(), { ways: 'Choose at least one way' }], 'a monitor tells by mail and push');
  is([alertBody({ ...newAlerts(), policy_id: '3', team_wait: '0' }, false).team_wait, alertBody(newAlerts(), true).expiration_policy_id, 'expiration_policy_id' in alertBody(newAlerts(), false)], [0, null, false], 'what is sent');
  is([alertsHint(newAlerts()), alertsHint({ ...newAlerts(), policy_id: '3' }, names.policies)], ['on call by e-mail and push message', 'Night'], 'in a word');
  is(teamWaits('90').map(([value]) => value), ['', '0', '60', '90', '120', '180', '300', '600', '900', '1800', '3600'], 'waits, also those of the API');
}

words();
members();
editor();
urgencies();
calendars();
rotations();
escalations();
alerts();
finish();
