// html/js/model, format.js and sse.js: what they promise, by example.
import { duration, every, listed, micros, span } from '../../html/js/format.js';
import { phaseData, responseData, runsOf } from '../../html/js/model/chart_data.js';
import { healthLines, levelOf } from '../../html/js/model/agent_health.js';
import { alertBody, newAlerts } from '../../html/js/model/alert_fields.js';
import { assertionWords, assertionsOf, checkAssertions, withSource } from '../../html/js/model/assertions.js';
import { checkAddress, checkNewPassword, checkPem, checkPorts, checkUrl, parseStatuses } from '../../html/js/model/checks.js';
import { detectionOf } from '../../html/js/model/detection.js';
import { endingWords, endsOf, isSoon, leftWords, soonFrom } from '../../html/js/model/expiry.js';
import { affected, canAcknowledge, filterOf, fromIncident, mayAct, pagesOf, questionsOf } from '../../html/js/model/incidents.js';
import { GROUPS, KINDS, TAKES, kindWords, takes, timeoutsOf, usesTls } from '../../html/js/model/kinds.js';
import { countStates, lastResponse, namesLike, pickRows } from '../../html/js/model/listing.js';
import { keepNewer, mergeChange, mergeRegion } from '../../html/js/model/merge.js';
import { bodyOf, changesOf, checkFields, fieldsOf, isTouched, newFields, withKind } from '../../html/js/model/monitor_fields.js';
import { measuredLines } from '../../html/js/model/measured.js';
import { phaseWords, phasesOf, phasesSeen } from '../../html/js/model/phases.js';
import { hasResult, missingRegionStateAt, patienceMs, regionStateAt, stateAt } from '../../html/js/model/silence.js';
import { linesOf } from '../../html/js/model/timeline.js';
import { newest, placeFor, rowOf, withRow } from '../../html/js/model/ticks.js';
import { INCIDENT_STATES, STATES, STATE_ORDER, stateSays } from '../../html/js/model/states.js';
import { announceSilence, announceVerdict, healthSentence, lastSeen } from '../../html/js/model/words.js';
import { parse, readEvents } from '../../html/js/sse.js';
import { alerting } from './model_channels.mjs';
import { history } from './model_history.mjs';
import { slos } from './model_slos.mjs';
import { finish, is, ok } from './tap.mjs';

const NAMES = ['slot', 'checked_at', 'status', 'reason', 'text', 'http_status', 'address', 'attempts', 'dns', 'connect', 'tls', 'first_byte', 'total'];

function columns(region, rows) {
  const made = { region };
  for (const name of NAMES) made[name] = rows.map((row) => row[name] ?? null);
  return made;
}

const up = (slot, total = 5000) => ({ slot, checked_at: slot, status: 'up', dns: 1000, connect: 1000, tls: null, first_byte: 2000, total });
const down = (slot) => ({ slot, checked_at: slot, status: 'down', reason: 'connect_refused', total: 100 });

function formats() {
  is([0, 59_999, 60_000, 192_000, 3_600_000, 90_061_000].map(duration), ['0 s', '59 s', '1 min', '3 min 12 s', '1 h', '1 d 1 h'], 'durations in two units');
  is([1, 30, 60, 90, 300, 7200, 86400].map(every), ['every 1 s', 'every 30 s', 'every minute', 'every 90 s', 'every 5 min', 'every 2 h', 'every day'], 'intervals');
  is([null, -1, 420, 8300, 142_000, 2_410_000].map(micros), ['–', '–', '0.42 ms', '8.3 ms', '142 ms', '2.41 s'], 'response times');
  is([span(45), listed([]), listed(['a']), listed(['a', 'b', 'c'])], ['45 s', '', 'a', 'a, b and c'], 'spans and lists');
}

function sentences() {
  const counts = (statuses) => countStates(statuses.map((status) => ({ status })));
  const of = (...statuses) => healthSentence(counts(statuses));
  is(of(), 'Nothing is watched yet', 'no monitor');
  is(of('up'), 'Everything is up', 'one, up');
  is(of('up', 'up', 'paused'), 'All 2 up', 'paused ones are not counted as watched');
  is(of('down', 'up', 'pending', 'paused'), '1 of 3 down', 'down comes first');
  is(of('pending', 'up'), '1 of 2 up, 1\u00a0pending', 'pending is not up');
  is(of('pending'), 'Waiting for the first result', 'all pending');
  is(of('paused', 'paused'), 'All 2 are paused', 'all paused');
  is(of('down', 'down', 'no_data', 'up', 'paused'), '2 of 4 down, 1\u00a0without data', 'silence is told beside down');
  is(of('no_data', 'up', 'pending'), '1 of 3 up, 1\u00a0pending, 1\u00a0without data', 'and beside up, which it is not');
  is([of('no_data', 'paused'), of('no_data', 'no_data')], ['The only monitor has no data', 'No data from any monitor'], 'all silent');
  is([of('down'), of('suspect'), of('maintenance', 'maintenance')], ['1 of 1 down', 'The only monitor is suspected to be down', 'All in maintenance'], 'all alike');
  is(of('down', 'flapping', 'suspect', 'recovering', 'maintenance', 'up'), '1 of 6 down, 1\u00a0flapping, 1\u00a0suspect, 1\u00a0recovering, 1\u00a0in maintenance', 'every state has its words');
  is([lastSeen({ status: 'up' }), lastSeen({ status: 'validating', state: 'recovering' }), lastSeen({ state: 'pending' })], ['last seen up', 'last seen recovering', ''], 'what was seen last, if anything');
  is([announceSilence(['A']), announceSilence(['A', 'B'])], ['A has no data any more', '2 monitors without data'], 'silence, spoken');
  is(announceVerdict([{ pronounceable_name: 'A', state: 'down', failure_text: 'refused' }]), 'A is down: refused', 'one change in full');
  is(announceVerdict([{ pronounceable_name: 'A', state: 'maintenance', failure_text: 'refused' }]), 'A is in maintenance', 'a reason only where it explains the state');
}

/** Nothing may be told by colour alone. */
function states() {
  const all = Object.entries(STATES);
  const { acknowledged, false_alarm: nothing } = INCIDENT_STATES;
  is(all.filter(([, { mark }]) => [acknowledged, nothing].some((one) => JSON.stringify(one.mark) === JSON.stringify(mark))), [], 'nor do those that only incidents have look like any other');
  const different = (values) => new Set(values.map((one) => JSON.stringify(one))).size;
  is(STATE_ORDER.toSorted(), ['degraded', 'down', 'flapping', 'maintenance', 'no_data', 'paused', 'pending', 'recovering', 'suspect', 'up'], 'the vocabulary');
  is([different(all.map(([, one]) => one.word)), different(all.map(([, one]) => one.says))], [all.length, all.length], 'each has its own words');
  is([different(all.map(([, one]) => one.mark)), different(all.map(([, one]) => one.dot))], [all.length, all.length], 'and its own shape, large and small');
  is(stateSays('suspect'), 'is suspected to be down', 'said of a monitor');
}

function lists() {
  const rows = [
    { id: '1', status: 'up', name: 'b', url: 'http://x/' }, { id: '2', status: 'down', name: 'z', url: 'http://y/', since: '2026-01-01T00:00:00Z' },
    { id: '3', status: 'down', name: 'y', url: 'http://y/', since: '2026-01-02T00:00:00Z' }, { id: '4', status: 'up', name: 'a10', url: '' }, { id: '5', status: 'up', name: 'a9', url: '' },
  ];
  is(pickRows(rows, '', '').map((row) => row.id), ['3', '2', '5', '4', '1'], 'worst first, the latest failure on top, numbers in order');
  is(pickRows(rows, 'Y http', 'down').length, 2, 'all words must be found, in name or address');
  is(namesLike(rows, 'nothing', [], 2), [], 'no name is like it');
  is(namesLike(rows, '', ['5'], 2).map((row) => row.name), ['a10', 'b'], 'by name, without those that are not wanted, not too many');
  const states = [{ status: 'down', response_time: 9, checked_at: '2026-01-03T00:00:00Z' }, { status: 'up', response_time: 5, checked_at: '2026-01-01T00:00:00Z' }, { status: 'up', response_time: 7, checked_at: '2026-01-02T00:00:00Z' }];
  is(lastResponse({ region_states: states }), 7, 'the last response is an answer, never a failure');
  is(lastResponse({ region_states: [{ status: 'down', failure_reason: 'status_unexpected', response_time: 4, checked_at: '2026-01-01T00:00:00Z' }] }), 4, 'a wrong status is an answer, too');
  is(lastResponse({ region_states: [] }), null, 'no answer, no number');
}

function merging() {
  const held = { id: '1', status: 'up', paused: false, region_states: [{ region: 'b', slot: '2026-01-01T00:00:10.000Z', status: 'up' }] };
  const older = { region: 'b', slot: Date.parse('2026-01-01T00:00:05Z'), status: 'down' };
  is(mergeRegion(held, older), held, 'an older slot changes nothing');
  is(mergeRegion(held, { region: 'a', slot: 0, status: 'up' }).region_states.map((one) => one.region), ['a', 'b'], 'regions keep one order');
  is(mergeChange(held, { status: 'down', failure_text: 'x' }).status, 'down', 'a verdict is laid over');
  is(mergeChange({ ...held, paused: true, status: 'paused' }, { status: 'up' }).status, 'paused', 'a late result does not wake a paused monitor');
  const reply = { ...held, region_states: [{ ...older, region: 'b' }] };
  is(keepNewer(held, reply).region_states[0].status, 'up', 'a reply that an event has overtaken keeps the newer result');
  is(keepNewer(held, { ...held, region_states: [] }).region_states.length, 0, 'a region that is gone stays gone');
}

function incidents() {
  const made = (attributes, relationships = {}) => fromIncident({ id: '7', attributes: { monitors: [], monitors_count: 0, ...attributes }, relationships });
  const part = (id) => ({ id, name: `M${id}` });
  is(affected(made({ monitors: [part('1'), part('2'), part('1'), part('3')], monitors_count: 30 })), { links: [{ href: '/monitors/1', name: 'M1' }, { href: '/monitors/2', name: 'M2' }], more: 28 }, 'the first two monitors, each once, and how many more');
  is(affected(made({ name: 'Backup' }, { heartbeat: { data: { id: '4' } } })).links, [{ href: '/heartbeats/4', name: 'Backup' }], 'a heartbeat');
  is([affected(made({ name: 'Shop', cause: 'Closed' })).name, affected(made({ name: 'Closed', cause: 'Closed' })).name], ['Shop', ''], 'a name that says nothing new is left out');
  is([{ state: 'started' }, { state: 'unconfirmed' }, { state: 'acknowledged', acknowledged_at: 'x' }, { state: 'resolved', resolved_at: 'x' }].map(canAcknowledge), [true, false, false, false], 'what can be acknowledged');
  is([mayAct({ team_name: null }, { administrator: false }), mayAct({ team_name: null }, { administrator: true }), mayAct({ team_name: 'a' }, { administrator: false })], [false, true, true], "the installation's are its administrators'");

  is(filterOf('state=open&kind=mass&monitor=12&page=3'), { state: 'open', kind: 'mass', monitor: '12', page: 3 }, 'a filter out of an address');
  is(filterOf('state=x&kind=constructor&monitor=1x&page=-1&more=1'), { state: '', kind: '', monitor: '', page: 1 }, 'nonsense is left out');
  const asked = (text) => questionsOf(filterOf(text));
  is(asked(''), { open: 'resolved=false&per_page=50', past: 'resolved=true&per_page=20&page=1' }, 'what is open, then what was');
  is([asked('page=2').open, asked('state=open').past, asked('state=resolved').open], [null, null, null], 'or only one of them');
  is(asked('state=acknowledged&kind=mass&monitor=1').open, 'resolved=false&acknowledged=true&per_page=50&kind=mass&monitor_id=1', 'the filter goes to the hub');
  is([pagesOf({ pagination: { last: 'http://h/api?per_page=2&page=9' } }), pagesOf({})], [9, 1], 'pages by the links');
}

function detection() {
  const at = (ms) => new Date(ms).toISOString();
  const found = detectionOf({ slot: at(1000), checked_at: at(1002), reported_at: at(1305), suspected_at: at(1305), confirmed_at: at(1800), first_alert_at: null });
  is(found.spans.map(({ name, from, ms }) => [name, from, ms]), [['checked_at', 0, 2], ['reported_at', 2, 303], ['suspected_at', 305, 0], ['confirmed_at', 305, 495]], 'each step with what it took');
  is([found.total, found.steps.at(-1).words], [800, 'Confirmed'], 'what is not known is not told');
  is([detectionOf(null), detectionOf({ confirmed_at: at(1) }).total], [{ steps: [], spans: [], total: null }, null], 'nothing known');
  is(detectionOf({ suspected_at: at(1), confirmed_at: at(9) }).total, null, 'without a probe there is no time since it');
  is(detectionOf({ checked_at: at(1), confirmed_at: at(9) }).from, 'after the probe began', 'or since when it is counted');
  is(detectionOf({ slot: at(50), checked_at: at(20), reported_at: at(90) }).spans.map(({ name }) => name), [], 'clocks that disagree measure nothing');
}

function timelines() {
  const item = (id, what, data = {}) => ({ id, attributes: { what, at: 'x', who: null, data: { title: what, content: null, ...data } } });
  const lines = linesOf([item('9', 'resolved'), item('comment-3', 'comment', { title: null, content: { text: 'Looking', user: { id: 1, name: 'Ann' } } }), item('1', 'opened', { content: 'refused' }), item('7-x', 'response')]);
  is(lines.map(({ what, mark, icon }) => [what, mark ?? icon]), [['opened', 'suspect'], ['comment', 'comment'], ['resolved', 'resolved']], 'in order, each with its sign; the answer is with the evidence');
  is([lines[1].comment, lines[1].text, lines[1].user.name, lines[0].text], ['3', 'Looking', 'Ann', 'refused'], 'comments know who and which');
  is(linesOf([item('1', 'something_new')])[0].icon, 'dot', 'what is new has a sign, too');
  const told = (title, what = 'alerted', content = null) => item(title, what, { title, content });
  const many = [told('Told a'), told('Could not tell x', 'alert_failed', 'HTTP 403'), told('Told b'), told('Told instead: a'), told('Could not tell x', 'alert_failed', 'HTTP 403'), told('Told instead: a'), told('Told a')];
  is(linesOf([item('9', 'resolved'), ...many.reverse(), item('1', 'opened')]).map(({ title, text }) => [title, text].filter(Boolean).join(': ')),
    ['opened', 'Told a and b', 'Could not tell x: HTTP 403', 'Told instead: a', 'resolved'], 'messages of one moment are told in a line each');
  is(linesOf([told('Told b'), item('5', 'escalated'), told('Told a')]).map(({ title }) => title), ['Told a', 'escalated', 'Told b'], 'what happened between them stays between them');
  is(linesOf([...'ihgfedcba'].map((name) => told(`Told ${name}`)))[0].title, 'Told a, b, c, d, e, f and 3 others', 'of very many the rest is counted');
}

function silence() {
  is([1, 20, 30, 600].map(patienceMs), [75_000, 75_000, 105_000, 1_815_000], 'three intervals, a minute at least, and some grace');
  const t = Date.parse('2026-01-01T12:00:00Z');
  const iso = (seconds) => new Date(t + seconds * 1000).toISOString();
  const monitor = { state: 'up', paused: false, check_frequency: 1, status_since: iso(-9000), updated_at: iso(-9000), last_checked_at: iso(0), region_states: [] };
  const after = (seconds, change) => stateAt({ ...monitor, ...change }, t + seconds * 1000);
  is([after(75), after(76)], ['up', 'no_data'], 'old results are not up');
  is(after(76, { state: 'down' }), 'no_data', 'nor down');
  is([after(105, { check_frequency: 30 }), after(106, { check_frequency: 30 })], ['up', 'no_data'], 'by its own interval');
  is(after(999, { state: 'paused', paused: true }), 'paused', 'a paused monitor has reason to be silent');
  is(after(999, { state: 'maintenance' }), 'maintenance', 'and so has one in maintenance');
  is(stateAt(monitor, 0), 'up', 'as long as nothing was heard of the hub, nothing is judged');

  const fresh = { state: 'pending', status_since: iso(0), last_checked_at: null };
  is([after(75, fresh), after(76, fresh)], ['pending', 'no_data'], 'the first result is waited for, but not for ever');
  is(hasResult({ ...monitor, ...fresh }), false, 'there was none');
  const resumed = { ...fresh, last_checked_at: iso(-5000) };
  is([after(60, resumed), hasResult({ ...monitor, ...resumed })], ['pending', false], 'results from before a pause do not count');
  is(hasResult(monitor), true, 'later ones do');

  const region = (checked, seconds, change) => regionStateAt({ ...monitor, ...change }, { status: 'up', checked_at: checked }, t + seconds * 1000);
  is([region(iso(-80), 0), region(iso(-70), 0)], ['no_data', 'up'], 'one region may be silent alone');
  is(region(t - 80_000, 0), 'no_data', 'its time may be a number');
  is(region(iso(-80), 0, { updated_at: iso(-5) }), 'up', 'a changed or resumed monitor gives it time');
  is(region(iso(0), 76, { updated_at: iso(70) }), 'no_data', 'but not when the whole monitor is silent');
  is(region(iso(-80), 0, { state: 'paused', paused: true }), 'up', 'nor is it judged while paused');
  is([70, 80].map((seconds) => missingRegionStateAt({ ...monitor, updated_at: iso(0), last_checked_at: iso(80) }, t + seconds * 1000)), ['pending', 'no_data'], 'a region that never reported');
}

function ticks() {
  const two = { regions: [columns('a', [up(0), up(20)]), columns('b', [up(10), down(30)])] };
  is(newest(two, 3).map((row) => row.slot), [30, 20, 10], 'newest over all regions');
  is(newest(two, 3, (one, at) => one.status[at] === 'down').length, 1, 'only the wanted');
  const news = rowOf({ region: { region: 'a', slot: '1970-01-01T00:00:00.015Z', checked_at: 16, status: 'up' }, phases: { total: 7 } });
  is(withRow(two, news).regions[0].slot, [0, 15, 20], 'a late row finds its place');
  is(withRow(two, news).regions[0].slot.length, 3, 'a known slot is not doubled');
  is(withRow(two, { ...news, region: 'c' }).regions.length, 3, 'a new region joins');
  is([placeFor([], 1), placeFor([1, 3], 1), placeFor([1, 3], 9)], [0, 1, 2], 'places');
}

function charts() {
  const a = columns('a', [up(0), down(1000), up(2000), up(9000)]);
  const b = columns('b', [up(500)]);
  const [times, lineA, lineB] = responseData([a, b], 1000, 0);
  is(times, [0, 500, 1000, 2000, 3000, 9000], 'one time axis, with a place for the gap');
  is(lineA, [5, null, null, 5, null, 5].map((y, i) => (i === 1 ? undefined : y)), 'down is a gap, missing slots are a gap, other regions\' times are not');
  is(lineB[1], 5, 'each region on its own times');
  const [, ...layers] = phaseData(columns('a', [up(0), down(1000)]), 0);
  is(layers.map((layer) => layer[0]), [5, 4, 2, 2, 1], 'phases stand on each other, tallest first');
  is(layers.map((layer) => layer[1]), [null, null, null, null, null], 'a failure has no phases to stack');
  is(runsOf(columns('a', [up(0), down(1000), down(2000), up(3000), down(4000)]), 1000, 0).map((run) => [run.from, run.to]), [[1000, 3000], [4000, 5000]], 'runs of down');
  is(phasesOf({ dns: 1, connect: 2, tls: null, first_byte: -1, total: 10 }).waiting, 7, 'what a failure waited is not transfer');
  is(phasesOf({ total: null }), null, 'nothing measured, no phases');
}

function forms() {
  is(['', 'ftp://x', 'https://', 'https://ok.example/'].map((url) => Boolean(checkUrl(url))), [true, true, true, false], 'addresses');
  is([checkNewPassword('123456789') !== undefined, checkNewPassword('1234567890')], [true, undefined], 'password length');
  is([parseStatuses('200, 301;404 200 500-599'), parseStatuses('20x'), parseStatuses('299-200')], [{ codes: [200, 301, 404], ranges: ['500-599'] }, null, null], 'status codes and ranges');
  const fields = { ...newFields(), url: ' https://x.example/ ' };
  is(bodyOf(fields).url, 'https://x.example/', 'the address is trimmed');
  ok(!('expected_status_codes' in bodyOf(fields)) && !('required_keyword' in bodyOf(fields)), 'only the fields of the kind');
  is(Object.keys(checkFields({ ...fields, monitor_type: 'keyword', check_frequency: '0', regions: [] })), ['required_keyword', 'check_frequency', 'regions'], 'what is wrong, by field');
  const monitor = { url: 'https://x.example/', pronounceable_name: 'x', monitor_type: 'status', check_frequency: 30, request_timeout: 15, http_method: 'GET', request_headers: [{ id: '1', name: 'A', value: 'b' }], regions: null, follow_redirects: true, verify_ssl: true, ip_version: null };
  is(changesOf(fieldsOf(monitor), monitor), {}, 'an untouched form changes nothing');
  is(changesOf({ ...fieldsOf(monitor), request_headers: [] }, monitor), { request_headers: [{ id: '1', _destroy: true }] }, 'a removed header is told by its id');
}

const kindFields = (kind, more) => ({ ...withKind(newFields(), kind), ...more });

function kinds() {
  is(GROUPS.flatMap(([, tiles]) => tiles).sort(), Object.keys(KINDS).sort(), 'every kind has a tile');
  is([takes('ping', 'verify_ssl'), takes('tls', 'verify_ssl'), takes('ping', 'url')], [false, true, true], 'what a kind takes');
  const bodies = Object.fromEntries(['ping', 'dns', 'domain', 'tls'].map((kind) => [kind, bodyOf(kindFields(kind, { url: 'example.com', request_body: 'a.example' }))]));
  is(bodies.ping, { url: 'example.com', monitor_type: 'ping', check_frequency: 30, request_timeout: 5000, degraded_threshold: null, regions: null, confirmation_period: 0, recovery_period: 0, quorum: null, depends_on: [], ...alertBody(newAlerts(), true), ip_version: null, ping_packets: 3, ping_loss_threshold: 100 }, 'a ping has nothing of HTTP');
  is([bodies.dns.request_body, bodies.dns.dns_expected_answers, 'verify_ssl' in bodies.dns], ['a.example', [], false], 'nor has DNS');
  is([bodies.domain.request_timeout, bodies.domain.domain_expiration, bodies.tls.request_timeout], [15, null, 15], 'timeouts in the unit of the kind');
  ok(Object.keys(KINDS).filter((one) => one !== 'web').every((kind) => Object.keys(TAKES).every((name) => !(name in bodyOf(kindFields(kind))) || takes(kind, name))), 'no kind sends what it does not take');
  is(withKind({ ...newFields(), request_timeout: '30' }, 'tls').request_timeout, '30', 'a timeout stays in its unit');
  is([isTouched(kindFields('ping'), 'way'), isTouched(kindFields('ping', { request_timeout: '500' }), 'way'), isTouched(newFields(), 'way')], [false, true, false], 'the usual timeout is the kind\'s');
  is([usesTls('tcp', ''), usesTls('tcp', 'smtp'), usesTls('smtp', ''), usesTls('smtp', 'none'), usesTls('ping', ''), usesTls('status', '')], [false, true, true, false, false, true], 'settings of TLS where there is TLS');
  is(timeoutsOf('dns'), [500, 1000, 2000, 3000, 5000], 'as documented');
  is(changesOf(withKind(fieldsOf({ url: 'https://x/', monitor_type: 'status', check_frequency: 30, request_timeout: 15, pronounceable_name: 'x' }), 'tcp'), { url: 'https://x/', monitor_type: 'status', check_frequency: 30, request_timeout: 15, pronounceable_name: 'x' }).request_timeout, 5000, 'another kind, another unit');
}

function addresses() {
  const wrong = (kind, url, more) => checkFields(kindFields(kind, { url, ...more })).url;
  ok(['example.com', '192.0.2.1', '2001:db8::1', '[::1]'].every((host) => !wrong('ping', host)), 'hosts');
  ok(['', 'https://x', 'a b', 'x:80', '-x'].every((host) => wrong('ping', host)), 'what is no host for a ping');
  is([wrong('tcp', 'x:80'), wrong('tcp', 'x:0'), wrong('grpc', 'x'), wrong('grpc', 'x:443')].map(Boolean), [false, true, true, false], 'ports in hosts');
  is([wrong('websocket', 'wss://x/'), wrong('websocket', 'x'), wrong('domain', 'example.com'), wrong('domain', '192.0.2.1'), wrong('domain', 'localhost')].map(Boolean), [false, true, false, true, true], 'addresses of other kinds');
  const port = (kind, url, text) => Boolean(checkFields(kindFields(kind, { url, port: text })).port);
  is([port('tcp', 'x', ''), port('tcp', 'x:1', ''), port('tcp', 'x:1', '1'), port('smtp', 'x', ''), port('smtp', 'x', '25, 587'), port('smtp', 'x', '25;')], [true, false, true, false, false, true], 'ports');
  is([checkPorts('1'), checkAddress('', 'tls', 'host')], [undefined, 'Enter the host to watch'], 'in words');
  is(kindWords('novel').title, 'novel', 'a kind that is newer than the page has its own name');
}

function secrets() {
  const pem = (label) => `-----BEGIN ${label}-----\nTQ==\n-----END ${label}-----`;
  is([checkPem('', 'CERTIFICATE'), checkPem(pem('CERTIFICATE'), 'CERTIFICATE'), Boolean(checkPem('x', 'CERTIFICATE')), Boolean(checkPem(pem('ENCRYPTED PRIVATE KEY'), 'PRIVATE KEY')), checkPem(pem('RSA PRIVATE KEY'), 'PRIVATE KEY')], [undefined, undefined, true, true, undefined], 'PEM');
  const monitor = { url: 'https://x/', pronounceable_name: 'x', monitor_type: 'status', check_frequency: 30, request_timeout: 15, client_certificate: pem('CERTIFICATE'), client_key_set: true };
  is(checkFields(fieldsOf(monitor)), {}, 'a held key need not be typed again');
  is(changesOf(fieldsOf(monitor), monitor), {}, 'and is not sent');
  is(changesOf({ ...fieldsOf(monitor), client_certificate: '' }, monitor), { client_certificate: null, client_key: null }, 'it goes with its certificate');
  is(changesOf({ ...fieldsOf(monitor), client_key: pem('PRIVATE KEY') }, monitor), { client_key: pem('PRIVATE KEY') }, 'or is replaced');
  is(Object.keys(checkFields({ ...newFields(), url: 'https://x/', client_certificate: pem('CERTIFICATE') })), ['client_key'], 'a certificate needs a key');
  const token = { ...newFields(), url: 'https://x/', auth: 'bearer', auth_username: 'u', auth_password: 'p', auth_token: 't' };
  is([bodyOf(token).auth_username, bodyOf(token).auth_token, bodyOf({ ...token, auth: 'none' }).auth_token], [null, 't', null], 'one way to sign in at a time');
}

function assertions() {
  const row = { key: 'a', source: 'json', property: ' .a ', operator: 'equals', value: '1' };
  is(assertionsOf([row, { ...row, operator: 'exists' }]), [{ source: 'json', operator: 'equals', property: '.a', value: '1' }, { source: 'json', operator: 'exists', property: '.a', value: '' }], 'rows as the API has them');
  is([withSource(row, 'body').operator, withSource(row, 'header').operator], ['contains', 'equals'], 'another source keeps an operator it knows');
  is([checkAssertions([row]), Boolean(checkAssertions([{ ...row, property: '' }])), Boolean(checkAssertions([{ ...row, source: 'header', property: 'a b' }])), Boolean(checkAssertions([{ ...row, operator: 'less_than', value: 'x' }]))], [undefined, true, true, true], 'what is wrong with them');
  is(assertionWords({ source: 'json', property: '.a', operator: 'equals', value: '1' }), 'JSON .a equals “1”', 'in words');
}

function measured() {
  is(measuredLines({ packets_sent: 3, loss_percent: 33, duplicates: 0, rtt_us: [1200, null, 900], novel_ms: 5 }), [['Packets sent', '3'], ['Loss', '33 %'], ['Each packet', '1.2 ms, lost, 0.90 ms'], ['Novel', '5 ms']], 'what a ping measured, and what is not known by name');
  is(measuredLines({ chain: [{ subject: 'CN=a', not_after: 'x' }] }), [['Chain', 'Subject: CN=a, Not after: x']], 'lists of things');
  is([phasesOf({ status: 'up', connect: 3, total: 10 }).waiting, phasesOf({ status: 'down', connect: 3, total: 10 }).waiting], [0, 7], 'what went well did not wait until it failed');
  is(measuredLines({ record: 'MX', answers: ['10 a', '20 b'], retries: 0, empty: [] }), [['Record', 'MX'], ['Answers given', '10 a, 20 b']], 'answers of a name server');
  is(phaseWords('ping').find(([name]) => name === 'connect')[1], 'Round trip', 'a ping connects to nothing');
  is(phasesSeen(columns('a', [up(0), down(1)])), ['dns', 'connect', 'first_byte', 'transfer'], 'only the phases that are there');
  ends();
}

function ends() {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const day = (n) => new Date(now + n * 86_400_000).toISOString();
  const states = [{ slot: 1, expires_at: day(1) }, { slot: 3, expires_at: day(20) }, { slot: 9, expires_at: null }];
  is(endsOf({ region_states: states, certificate_expires_at: day(3) }).map(({ at }) => at), [day(20)], 'the end that was seen last');
  is(endsOf({ monitor_type: 'status', certificate_expires_at: day(40), domain_expires_at: day(9) }).map(({ what, at }) => [what, at]), [['certificate', day(40)], ['domain', day(9)]], 'a website has two');
  is([endsOf({ monitor_type: 'domain', region_states: states })[0].what, endsOf({})], ['domain', []], 'a domain one, and others none');
  is([leftWords(day(5), now), leftWords(day(0.5), now), leftWords(day(-1), now)], ['in 5 days', 'in less than a day', 'has ended'], 'how long yet');
  const site = { certificate_expires_at: day(40), ssl_expiration: 30, domain_expires_at: day(13) };
  is([isSoon(endsOf(site)[0], now), endingWords(site, now), endingWords({ certificate_expires_at: day(20) }, now), endingWords({ certificate_expires_at: day(20), ssl_expiration: 30 }, now)], [false, 'Domain ends in 13 days', null, 'Certificate ends in 20 days'], 'what ends soon: in two weeks, or as the monitor wants to know');
  is([soonFrom(site), soonFrom({})], [Date.parse(day(-1)), null], 'from when on');
  const rows = [{ id: '1', status: 'up', name: 'a', url: '', soon: now - 1 }, { id: '2', status: 'up', name: 'b', url: '', soon: null }];
  is(pickRows(rows, '', 'ending', now).map(({ id }) => id), ['1'], 'the list may be narrowed to them');
}

function agents() {
  const at = Date.parse('2026-01-01T00:01:00Z');
  const agent = (self, reported = '2026-01-01T00:00:30Z') => ({ name: 'a', last_report_at: reported, self });
  const good = { uplink: 1, dns: 1, lag_max_us: 1200, clock_offset_ms: -3, waiting: 0, dropped: 0, expired: 0 };
  is(healthLines(good).map(({ name, text }) => `${name} ${text}`), ['Network reachable', 'Name servers answer', 'Worst lag 1.2 ms', 'Clock −3 ms', 'Waiting in its spool nothing'], 'in words; a count of zero is no line');
  is(healthLines({ dns: 1 }).length, 1, 'what was not said is not there');
  is([healthLines(null), healthLines({ uplink: 'yes' })], [[], []], 'nor what makes no sense');
  is([good, { ...good, uplink: 0 }, { ...good, clock_offset_ms: 800 }, { ...good, dropped: 4 }, null].map((self) => levelOf(agent(self), at)), ['good', 'bad', 'watch', 'good', 'plain'], 'the worst of it; what is past is told, but not of now');
  is(levelOf(agent(good, '2025-12-31T23:59:00Z'), at), 'silent', 'who is not heard is not well');
}

async function streams() {
  is(parse('event: change\ndata: {"a":\ndata: 1}'), { event: 'change', data: '{"a":\n1}' }, 'a frame of two data lines');
  is(parse(': beat').event, 'comment', 'a comment is a heartbeat');
  const parts = ['retry: 2000\nevent: hello\ndata: {}\n\n: be', 'at\n\nevent: change\r\ndata: x\r\n\r\n'];
  const seen = [];
  for await (const { event } of readEvents(new Blob(parts).stream())) seen.push(event);
  is(seen, ['hello', 'comment', 'change'], 'frames over any borders');
}

formats();
sentences();
states();
incidents();
detection();
timelines();
lists();
merging();
silence();
ticks();
charts();
forms();
kinds();
addresses();
secrets();
assertions();
measured();
agents();
alerting();
history();
slos();
await streams();
finish();
