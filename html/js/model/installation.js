/** Pure: what the installation sends with, as the fields of three small forms, and back. */
import { KEPT, GONE } from './channel_check.js';
import { checkEmail, checkWhole, onlyWrong } from './checks.js';

export const SECURITIES = [['starttls', 'STARTTLS (port 587)'], ['tls', 'TLS (port 465)'], ['none', 'None (port 25)']];
export const PORTS = { starttls: '587', tls: '465', none: '25' };

const secretOf = (set) => (set ? KEPT : '');
const text = (value) => (value === null || value === undefined ? '' : String(value));

export const urlFields = ({ public_url: url }) => ({ public_url: text(url) });

export function checkPublicUrl({ public_url: url }) {
  const value = url.trim();
  if (!value) return {};
  return onlyWrong({ public_url: /^https?:\/\/[^\s/?#@\\]+\/?$/i.test(value) ? undefined : 'Only the scheme and the host, like https://status.example.com' });
}

/** Nobody else's phone reaches this machine by a name that every machine has for itself. */
const isOwnName = (host) => /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/i.test(host);

/** How the public address stands: [state, words]. */
export function urlState({ public_url: url }) {
  if (!url) return ['suspect', 'Not set: messages have no links'];
  return isOwnName(new URL(url).hostname) ? ['suspect', 'Only this machine reaches it'] : ['up', 'Set'];
}

export const urlBody = ({ public_url: url }) => ({ public_url: url.trim().replace(/\/+$/, '') || null });

export function mailFields({ smtp, smtp_password_set: set }) {
  const security = smtp?.security ?? 'starttls';
  return {
    'smtp.host': text(smtp?.host), 'smtp.port': text(smtp?.port ?? PORTS[security]), 'smtp.security': security,
    'smtp.username': text(smtp?.username), smtp_password: secretOf(set), 'smtp.from': text(smtp?.from), held_host: text(smtp?.host),
  };
}

/** A password is kept for the server that it was given for: the hub wants it again for another. */
const keptFor = (value, was, is, words) => (value === KEPT && was && is.trim().toLowerCase() !== was.toLowerCase() ? words(was) : undefined);

export const mailMoved = (fields) => keptFor(fields.smtp_password, fields.held_host, fields['smtp.host'], (was) => `It was given for ${was} and is sent nowhere else: replace it, or remove it`);
export const twilioMoved = (fields) => keptFor(fields.twilio_auth_token, fields.held_sid, fields['twilio.account_sid'], () => 'It belongs to the account before: replace it');

/** "Name <address>" or an address. */
const addressIn = (from) => /<([^<>]*)>\s*$/.exec(from)?.[1] ?? from;

export function checkMail(fields) {
  const from = fields['smtp.from'].trim();
  return onlyWrong({
    'smtp.host': /^[a-z0-9._:[\]-]+$/i.test(fields['smtp.host'].trim()) ? undefined : 'Enter the host, like mail.example.com',
    'smtp.port': checkWhole(fields['smtp.port'], 1, 65535),
    'smtp.from': from && !checkEmail(addressIn(from)) ? undefined : 'Enter the address that mail comes from',
    smtp_password: mailMoved(fields),
  });
}

const secretBody = (name, value) => (value === KEPT ? {} : { [name]: value === GONE || value === '' ? null : value });

export const mailBody = (fields) => ({
  smtp: {
    host: fields['smtp.host'].trim(), port: Number(fields['smtp.port']), security: fields['smtp.security'],
    username: fields['smtp.username'].trim() || null, from: fields['smtp.from'].trim(),
  },
  ...secretBody('smtp_password', fields.smtp_password),
});

/** Another security, and the port that goes with it unless the person has chosen one. */
export function withSecurity(fields, security) {
  const usual = Object.values(PORTS).includes(fields['smtp.port']);
  return { ...fields, 'smtp.security': security, ...(usual && { 'smtp.port': PORTS[security] }) };
}

export const twilioFields = ({ twilio, twilio_auth_token_set: set }) => ({
  'twilio.account_sid': text(twilio?.account_sid), 'twilio.from': text(twilio?.from), twilio_auth_token: secretOf(set), held_sid: text(twilio?.account_sid),
});

export function checkTwilio(fields) {
  return onlyWrong({
    'twilio.account_sid': /^AC[0-9a-f]{32}$/i.test(fields['twilio.account_sid'].trim()) ? undefined : 'AC and 32 digits or letters from a to f, as Twilio shows it',
    'twilio.from': fields['twilio.from'].trim() ? undefined : 'A number of yours at Twilio, like +14155550100',
    twilio_auth_token: fields.twilio_auth_token === '' || fields.twilio_auth_token === GONE ? 'Enter the token' : twilioMoved(fields),
  });
}

export const twilioBody = (fields) => ({
  twilio: { account_sid: fields['twilio.account_sid'].trim(), from: fields['twilio.from'].trim() }, ...secretBody('twilio_auth_token', fields.twilio_auth_token),
});

export const hasMail = ({ smtp }) => Boolean(smtp?.host);
export const hasTwilio = ({ twilio }) => Boolean(twilio?.account_sid);
