// html/js/model of channels, deliveries, the installation and acknowledging: what they promise, by example.
import { stepOf } from '../../html/js/model/acknowledgement.js';
import { GONE, KEPT, checkSetting, listOf } from '../../html/js/model/channel_check.js';
import { bodyOf, changesOf, checkFields, fieldsOf, movedWords, newFields, settingsFields } from '../../html/js/model/channel_fields.js';
import { fieldsOfKind, groupsOf, isMain } from '../../html/js/model/channel_kinds.js';
import { hearsWords, listSentence, quietWords, reasonOf, stateOf, targetOf, waysOf } from '../../html/js/model/channels.js';
import { answerWords, concerns, fateWords, filterOf, isFiltered, markOf, plainError, questionOf, titleBeside } from '../../html/js/model/deliveries.js';
import { checkMail, checkPublicUrl, checkTwilio, mailBody, mailFields, mailMoved, twilioBody, twilioFields, twilioMoved, urlBody, urlState, withSecurity } from '../../html/js/model/installation.js';
import { piecesOf } from '../../html/js/model/links.js';
import { nobodyHears, unreachableWords } from '../../html/js/model/reach.js';
import { is } from './tap.mjs';

const WEBHOOK = {
  id: 'webhook', title: 'Webhook', ways: ['push'], settings: { url: { type: 'url', required: true }, verify_tls: { type: 'boolean' }, template: { type: 'lines', max: 10 } },
  secrets: { headers: { type: 'headers' }, password: { type: 'text', max: 5 } },
};
const EMAIL = { id: 'email', title: 'E-mail', ways: ['email'], settings: { to: { type: 'emails', required: true } }, secrets: {} };
const NTFY = { id: 'ntfy', title: 'ntfy', ways: ['push'], settings: { topic: { type: 'topic', required: true }, priority: { type: 'integer', min: 1, max: 5 } }, secrets: { token: { type: 'token', required: true } } };
const NEW = { id: 'smoke', title: 'Smoke', ways: ['push'], settings: { fire_place: { type: 'text', max: 9, required: true } }, secrets: {} };
const KINDS = [WEBHOOK, EMAIL, NTFY, NEW];

const AT = Date.parse('2026-11-22T12:00:00Z');
const before = (seconds) => new Date(AT - seconds * 1000).toISOString();

function kinds() {
  is(fieldsOfKind(WEBHOOK).map(({ key }) => key), ['settings.url', 'secrets.headers', 'secrets.password', 'settings.template', 'settings.verify_tls'], 'fields of a kind, in the order of their words');
  is(fieldsOfKind(NEW).map(({ label }) => label), ['Fire place'], 'a setting that this page does not know has its own name');
  is(groupsOf(KINDS).map(([name, some]) => [name, some.map(({ id }) => id)]), [['Mail and web', ['email', 'webhook']], ['Phones and push', ['ntfy']], ['Others', ['smoke']]], 'kinds in groups; a new one is not lost');
  is(fieldsOfKind(NTFY).filter(isMain).map(({ name }) => name), ['topic', 'token'], 'what is required is asked for at once');
}

function settings() {
  const check = (rule, value, label = 'Bot token') => checkSetting({ rule, label }, value) ?? '';
  is([check({ type: 'token', required: true }, ''), check({ type: 'token' }, '')], ['Enter the bot token', ''], 'required or not');
  is(check({ type: 'token', required: true }, '', 'API key'), 'Enter the API key', 'an abbreviation stays one');
  is([check({ type: 'token', required: true }, KEPT), check({ type: 'token' }, GONE)], ['', ''], 'a secret that is kept, or goes, needs no look');
  is(['https://a.example/x', 'ftp://a', 'http://', 'https://u@a', 'https://a b'].map((url) => Boolean(check({ type: 'url' }, url))), [false, true, true, true, true], 'addresses');
  is([check({ type: 'emails' }, 'a@b.c, d@e.f\ng@h.i'), check({ type: 'emails' }, 'a@b.c, no')], ['', '“no” does not look like an e-mail address'], 'several addresses; the wrong one is named');
  is(check({ type: 'emails' }, Array(21).fill('a@b.c').join()), 'At most 20', 'not too many');
  is(['+14155550100', '0155', '+0155555555'].map((number) => Boolean(check({ type: 'phone' }, number))), [false, true, true], 'numbers with their country');
  is(['3', '9', 'x', '-1'].map((number) => Boolean(check({ type: 'integer', min: -1, max: 5 }, number))), [false, true, true, false], 'whole numbers');
  is([check({ type: 'text', max: 2 }, 'äöü'), check({ type: 'room' }, '#a:b'), check({ type: 'topic' }, 'a b')].map(Boolean), [true, true, true], 'lengths, rooms and topics');
  const rows = (...names) => names.map((name) => ({ name, value: '1' }));
  is([rows('X-A', 'X-B'), rows('X A'), rows('A', 'A'), [{ name: '', value: '' }]].map((some) => Boolean(check({ type: 'headers' }, some))), [false, true, true, false], 'headers; an empty row does not count');
  is(listOf(' a ;b,\n c,,'), ['a', 'b', 'c'], 'a list by any of the usual signs');
}

const HELD = {
  name: 'Hook', kind: 'webhook', settings: { url: 'https://a.example', verify_tls: false }, secrets_set: ['password'], enabled: true, all_incidents: true, events: ['started', 'resolved', 'reminder'],
  repeat_every: 600, rate_limit: 30, quiet_from: '22:00:00', quiet_to: '07:00:00', quiet_timezone: 'Europe/Berlin', quiet_days: ['mon', 'tue'],
};

function forms() {
  const fields = fieldsOf(HELD, WEBHOOK);
  is([fields['settings.url'], fields['settings.verify_tls'], fields['secrets.password'] === KEPT, fields['secrets.headers']], ['https://a.example', 'false', true, []], 'a channel as fields; its secrets only as set');
  is([fields.quiet_from, fields.reminds, fields.repeat_every, fields.events], ['22:00', true, { count: '10', unit: 'minute' }, ['started', 'resolved']], 'times as a field has them; reminders are a field of their own');
  is(changesOf(fields, HELD, WEBHOOK), {}, 'nothing changed, nothing sent');
  is(changesOf({ ...fields, 'secrets.password': 'x' }, HELD, WEBHOOK), { secrets: { password: 'x' } }, 'a secret is sent when it is replaced');
  is(changesOf({ ...fields, 'secrets.password': GONE }, HELD, WEBHOOK), { secrets: { password: null } }, 'and null takes it away');
  is(changesOf({ ...fields, quiet: false }, HELD, WEBHOOK), { quiet_from: null, quiet_to: null }, 'no quiet hours any more');
  is(changesOf({ ...fields, 'settings.verify_tls': '' }, HELD, WEBHOOK), { settings: { url: 'https://a.example' } }, 'what is as usual is not set');
  const check = checkFields(KINDS);
  is(check({ ...newFields(), name: '' }).kind, 'Choose where messages go', 'first of all a kind');
  is(Object.keys(check({ ...newFields(), kind: 'ntfy', ...settingsFields(NTFY) })), ['name', 'settings.topic', 'secrets.token'], 'what its kind needs');
  is(Object.keys(check({ ...fields, events: [], quiet_to: '22:00', quiet_timezone: 'Nowhere', quiet_days: [], rate_limit: '0', repeat_every: { count: '5', unit: 'second' } })),
    ['events', 'repeat_every', 'rate_limit', 'quiet_to', 'quiet_timezone', 'quiet_days'], 'each part by its own rule');
  is(checkFields(KINDS, true)({ ...fields, ways: [] }).ways, 'Choose at least one', 'a contact is for something');
  const made = bodyOf({ ...newFields(), name: ' Mail ', kind: 'email', ...settingsFields(EMAIL), 'settings.to': 'a@b.c\nd@e.f' }, EMAIL);
  is([made.name, made.settings, made.secrets, made.quiet_from, made.all_incidents, 'ways' in made], ['Mail', { to: ['a@b.c', 'd@e.f'] }, {}, null, true, false], 'the body of a channel');
  const contact = bodyOf({ ...newFields(), name: 'M', kind: 'ntfy', ...settingsFields(NTFY), 'settings.topic': ' t ', 'settings.priority': '4', 'secrets.token': 's', ways: ['push'] }, NTFY, true);
  is([contact.settings, contact.secrets, contact.ways, 'all_incidents' in contact], [{ topic: 't', priority: 4 }, { token: 's' }, ['push'], false], 'and of a contact');
  is(bodyOf({ ...fields, 'secrets.headers': [{ name: ' X-A ', value: ' 1' }, { name: '', value: '' }] }, WEBHOOK).secrets, { headers: { 'X-A': ' 1' } }, 'rows become an object');
}

function channels() {
  const state = (health, more) => stateOf({ enabled: true, problem: null, health: { last_sent_at: null, failing: false, last_error: null, last_error_at: null, ...health }, ...more });
  is([state({}), state({ last_sent_at: before(9) }), state({ failing: true }), state({ last_sent_at: before(1) }, { problem: 'No mail server' }), state({ failing: true }, { enabled: false })], ['pending', 'up', 'down', 'down', 'paused'], 'how it stands');
  is([state({ last_error_at: before(1) }), state({ last_error_at: before(9), last_sent_at: before(1) })], ['suspect', 'up'], 'what failed and was not sent since is tried again');
  is([reasonOf({ problem: 'P', health: { last_error: 'E' } }, 'down'), reasonOf({ problem: null, health: { last_error: 'E' } }, 'down'), reasonOf({}, 'up')], ['P', 'E', ''], 'why');
  is([[], ['up'], ['up', 'up', 'paused'], ['down', 'up'], ['down', 'down', 'up'], ['paused'], ['pending', 'up']].map(listSentence),
    ['Channels', 'The channel works', 'All 2 channels work', '1 of 2 channels does not get through', '2 of 3 channels do not get through', 'The only channel is turned off', '2 channels'], 'all of them in a sentence');
  is(hearsWords({ events: ['started', 'acknowledged', 'comment', 'resolved', 'reopened'] }), 'Everything about an incident', 'all there is');
  is(hearsWords({ events: ['started', 'resolved', 'reminder'], repeat_every: 1800 }), 'When an incident begins or is over; reminds every 30 minutes', 'some of it');
  is(hearsWords({ events: ['started', 'acknowledged', 'resolved'] }), 'When an incident begins, is taken or is over', 'three of them');
  is(quietWords(HELD), 'On Monday and Tuesday from 22:00 to 07:00 Europe/Berlin', 'quiet hours');
  is([{ settings: { to: ['a', 'b', 'c'] } }, { settings: { to: '+1' } }, { settings: { url: 'https://a.example/secret' } }, { settings: {} }].map(targetOf), ['a and 2 more', '+1', 'a.example', ''], 'where it leads, without what may be secret');
  is([waysOf({ ways: [] }, EMAIL), waysOf({ ways: ['call'] }, EMAIL)], [['email'], ['call']], 'what a contact is for');
}

function deliveries() {
  const fate = (one) => [markOf({ attempts: 0, ...one }, AT), fateWords({ attempts: 0, ...one }, AT)];
  is(fate({ state: 'due', next_at: before(1) }), ['pending', 'Waiting to be sent'], 'due');
  is(fate({ state: 'due', next_at: before(-3600) }), ['late', 'To be sent in 1 h'], 'after quiet hours');
  is(fate({ state: 'due', next_at: null, held: true }), ['late', 'Held for a summary'], 'held');
  is(fate({ state: 'due', next_at: before(-45), attempts: 2 }), ['suspect', 'Failed 2 times, again in 45 s'], 'failed, and tried again');
  is(fate({ state: 'leased', attempts: 3 }), ['running', 'Being sent, try 3'], 'under way');
  is([fate({ state: 'sent', attempts: 1 }), fate({ state: 'sent', attempts: 2 })], [['up', 'Sent'], ['up', 'Sent at try 2']], 'sent');
  is(['undeliverable', 'superseded', 'digested', 'cancelled'].map((state) => fate({ state })[1]), ['Not delivered', 'Not needed any more', 'In a summary', 'Cancelled'], 'what else can become of it');
  is([answerWords({ outcome: 'sent', http_status: 200, duration_ms: 31 }), answerWords({ outcome: 'failed', http_status: null, duration_ms: null }), answerWords({ outcome: null })], ['Taken, HTTP 200 after 31 ms', 'Failed', 'On its way'], 'one try');
  is(answerWords({ outcome: 'refused', http_status: 550, duration_ms: 3 }, 'email'), 'Refused, SMTP 550 after 3 ms', 'a mail server does not speak HTTP');
  is(filterOf('state=undeliverable&channel=7&incident=12&event=test&page=3&x=1'), { state: 'undeliverable', event: 'test', channel: '7', incident: '12', page: 3 }, 'the address as a filter');
  is(filterOf('state=nonsense&channel=7;drop&event=__proto__&page=-1'), { state: '', event: '', channel: '', incident: '', page: 1 }, 'and what makes no sense in it');
  is([isFiltered(filterOf('')), isFiltered(filterOf('incident=1'))], [false, true], 'filtered or not');
  is(questionOf({ state: 'sent', channel: '7', page: 2 }), 'state=sent&channel_id=7&per_page=25&page=2', 'a filter as a question');
  is([concerns({ channel: '7' }, { channel_id: '7' }), concerns({ channel: '7' }, { channel_id: null }), concerns({ incident: '1' }, { incident_id: 1 }), concerns({}, {})], [true, false, true, true], 'whom an event concerns');
}

function installation() {
  const set = { smtp: { host: 'm', port: 465, security: 'tls', username: null, from: 'a@b.c' }, smtp_password_set: true, twilio: { account_sid: null }, twilio_auth_token_set: false, public_url: null };
  const mail = mailFields(set);
  is([mail['smtp.port'], mail.smtp_password === KEPT], ['465', true], 'the mail server as fields');
  is(mailBody(mail), { smtp: { host: 'm', port: 465, security: 'tls', username: null, from: 'a@b.c' } }, 'a password that is kept is not sent');
  is(mailBody({ ...mail, smtp_password: GONE }).smtp_password, null, 'one that goes is null');
  is([withSecurity(mail, 'starttls')['smtp.port'], withSecurity({ ...mail, 'smtp.port': '2525' }, 'none')['smtp.port']], ['587', '2525'], 'the port follows, unless it was chosen');
  is(Object.keys(checkMail({ 'smtp.host': '', 'smtp.port': '0', 'smtp.from': 'x' })), ['smtp.host', 'smtp.port', 'smtp.from'], 'what it needs');
  is(checkMail({ ...mail, 'smtp.from': 'Alerts <a@b.c>' }), {}, 'a name before the address');
  is(Object.keys(checkTwilio(twilioFields(set))), ['twilio.account_sid', 'twilio.from', 'twilio_auth_token'], 'what Twilio needs');
  is(twilioBody({ 'twilio.account_sid': ' AC1 ', 'twilio.from': '+1', twilio_auth_token: 't' }), { twilio: { account_sid: 'AC1', from: '+1' }, twilio_auth_token: 't' }, 'and its body');
  is(['', 'https://a.example', 'https://a.example/x', 'a.example'].map((url) => Boolean(checkPublicUrl({ public_url: url }).public_url)), [false, false, true, true], 'a public address has no path');
  is([urlBody({ public_url: ' https://a.example/ ' }), urlBody({ public_url: '' })], [{ public_url: 'https://a.example' }, { public_url: null }], 'nor a slash; empty is none');
}

function acknowledging() {
  const one = { can_acknowledge: true, resolved_at: null, state: 'started' };
  is([stepOf(undefined, null, false), stepOf(undefined, { passing: true }, false), stepOf(undefined, { passing: false }, false)], ['waiting', 'waiting', 'invalid'], 'before anything is known');
  is([stepOf(one, null, false), stepOf({ ...one, can_acknowledge: false }, null, false), stepOf({ ...one, can_acknowledge: false }, null, true), stepOf({ ...one, resolved_at: before(1) }, null, true)], ['open', 'acknowledged', 'thanks', 'over'], 'what there is to do');
}

/** What is kept goes to nobody but the one that it was given for. */
function moved() {
  const mail = mailFields({ smtp: { host: 'mail.example.com', username: 'a', from: 'a@example.com' }, smtp_password_set: true });
  is([mailMoved(mail), mailMoved({ ...mail, 'smtp.host': ' MAIL.example.com ' })], [undefined, undefined], 'the same mail server keeps its password');
  const other = { ...mail, 'smtp.host': 'evil.example' };
  is([/mail\.example\.com/.test(mailMoved(other)), Boolean(checkMail(other).smtp_password)], [true, true], 'another one needs it again, and says why before it is asked');
  is([GONE, 'new'].map((smtp_password) => mailMoved({ ...other, smtp_password })), [undefined, undefined], 'unless it is replaced or taken away');
  const twilio = twilioFields({ twilio: { account_sid: 'AC1', from: '+1' }, twilio_auth_token_set: true });
  is([twilioMoved(twilio), Boolean(twilioMoved({ ...twilio, 'twilio.account_sid': 'AC2' }))], [undefined, true], 'so does a token of another account');
  const channel = { name: 'x', kind: 'webhook', settings: { url: 'https://a.example/1' }, secrets_set: ['password'], events: ['started'] };
  const fields = fieldsOf(channel, WEBHOOK);
  const to = (url, change) => Boolean(movedWords({ ...fields, 'settings.url': url, ...change }, 'secrets.password', channel));
  is([to('https://a.example/2'), to('https://b.example/1'), to('https://b.example/1', { 'secrets.password': 'new' })], [false, true, false], 'and a password of a webhook that moves');
  is([Boolean(checkFields(KINDS, false, channel)({ ...fields, 'settings.url': 'https://b.example/' })['secrets.password']), movedWords(fields, 'secrets.password')], [true, undefined], 'which the form asks for');
}

function reach() {
  const people = [{ id: '1', reachable: true }, { id: '2', reachable: false }];
  is([nobodyHears(undefined, []), nobodyHears(people, undefined)], [undefined, undefined], 'what is not known is not said');
  is([nobodyHears(people, []), nobodyHears([people[1]], [])], [false, true], 'one who can be reached is enough');
  is([[{ enabled: true, problem: null }], [{ enabled: false }], [{ enabled: true, problem: 'No mail server' }]].map((channels) => nobodyHears([people[1]], channels)), [false, true, true], 'and so is a channel that works');
  is([unreachableWords(people, [1, 2], (id) => `P${id}`), unreachableWords(people, [1], String), unreachableWords(undefined, [2], String)], ['P2 cannot be reached: no way is set up.', '', ''], 'who is on call, and cannot be reached');
  is(['http://127.0.0.1:8080', 'http://localhost', 'http://[::1]:80', 'https://status.example.com', null].map((public_url) => urlState({ public_url })[0]), ['suspect', 'suspect', 'suspect', 'up', 'suspect'], 'an address of this machine is none for phones');
}

function texts() {
  is(piecesOf('See https://a.example/x?y=1, or (http://b.example). Not javascript:alert(1)'), [
    { text: 'See ' }, { text: 'https://a.example/x?y=1', href: 'https://a.example/x?y=1' }, { text: ', or (' }, { text: 'http://b.example', href: 'http://b.example' },
    { text: '). Not javascript:alert(1)' }], 'addresses in what people write');
  is([piecesOf(''), piecesOf(null), piecesOf('http://'), piecesOf('<b>')], [[], [], [{ text: 'http://' }], [{ text: '<b>' }]], 'and nothing else');
  is([plainError('HTTP 500: <html><head><title>x</title></head><body><h1>502 away</h1>now</body></ht'), plainError('not from <you>'), plainError(null)], ['HTTP 500: 502 away now', 'not from <you>', null], 'a page of HTML is what a person would see');
  is([titleBeside('Shop is down', 'Shop is down'), titleBeside('Not delivered to Bob: Shop is down', 'Shop is down'), titleBeside('Shop is down'), titleBeside('Acknowledged by Bob: Shop is down', 'Shop'), titleBeside('Shop is down', 'Shop'), titleBeside('3 messages', 'Shop')],
    ['', 'Not delivered to Bob', 'Shop is down', 'Acknowledged by Bob', '', '3 messages'], 'the name of the incident is not said again on its page');
}

export function alerting() {
  moved();
  reach();
  texts();
  kinds();
  settings();
  forms();
  channels();
  deliveries();
  installation();
  acknowledging();
}
