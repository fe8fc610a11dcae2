/** Pure: a monitor as the fields of its form, and those fields back as the body of a request. */
import { alertBody, alertFields, checkAlerts, newAlerts } from './alert_fields.js';
import { assertionsOf, checkAssertions } from './assertions.js';
import { checkAddress, checkPem, checkPorts, checkWhole, hasPort, onlyWrong, parseStatuses } from './checks.js';
import { checkDaily, dailyBody, dailyFields, newDaily } from './daily.js';
import { HTTP, kindWords, needsPort, takes, timeoutDefault, timeoutsOf } from './kinds.js';

export const METHODS = ['get', 'head', 'post', 'put', 'patch'];
export const FREQUENCIES_S = [1, 5, 10, 15, 30, 60, 120, 180, 300, 600, 900, 1800, 3600, 21600, 43200, 86400];
/** How long a failure or a recovery must last, in seconds; others may come from the API. */
export const PERIODS_S = [0, 5, 10, 30, 60, 120, 180, 300, 600, 900, 1800, 3600];
export const QUORUM_MAX = 100;
export const PARENTS_MAX = 10;
export const EXPIRY_DAYS = [1, 2, 3, 7, 14, 30, 60];
export const RECORDS = ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'TXT', 'SOA', 'PTR', 'SRV', 'CAA'];
const FREQUENCY_MAX_S = 86400;

export const takesBody = (method) => ['post', 'put', 'patch'].includes(method);
export const takesKeyword = (kind) => kind === 'keyword' || kind === 'keyword_absence';

const DEFAULTS = {
  url: '', port: '', pronounceable_name: '', monitor_type: 'status', statuses: '', required_keyword: '', check_frequency: '30',
  http_method: 'get', request_body: '', request_headers: [], auth: 'none', auth_username: '', auth_password: '', auth_token: '',
  assertions: [], request_timeout: '15', degraded_threshold: '', follow_redirects: true, remember_cookies: true, http_version: '',
  proxy_host: '', proxy_port: '', ip_version: '', verify_ssl: true, tls_mode: '', tls_min_version: '', client_certificate: '',
  client_key: '', client_key_set: false, ca_certificates: '', ssl_expiration: '', domain_expiration: '', ping_packets: '3',
  ping_loss_threshold: '100', dns_record_type: 'A', dns_expected_answers: '', grpc_service: '', database: '', regions: null,
  confirmation_period: '0', recovery_period: '0', quorum: '', depends_on: [],
  ...newAlerts(), ...newDaily(),
};

/** As they are in the form: text, '' for null. */
const TEXTS = [
  'url', 'port', 'pronounceable_name', 'monitor_type', 'required_keyword', 'request_body', 'auth_username', 'auth_password', 'auth_token',
  'degraded_threshold', 'http_version', 'proxy_host', 'proxy_port', 'ip_version', 'tls_mode', 'tls_min_version', 'client_certificate',
  'ca_certificates', 'ssl_expiration', 'domain_expiration', 'grpc_service', 'database', 'check_frequency', 'request_timeout',
];

export const newFields = () => structuredClone(DEFAULTS);

export function fieldsOf(monitor) {
  const fields = newFields();
  for (const name of TEXTS) fields[name] = String(monitor[name] ?? '');
  return {
    ...fields,
    http_method: (monitor.http_method ?? 'get').toLowerCase(),
    statuses: [...(monitor.expected_status_codes ?? []), ...(monitor.expected_status_ranges ?? [])].join(', '),
    auth: monitor.auth_token ? 'bearer' : monitor.auth_username || monitor.auth_password ? 'basic' : 'none',
    follow_redirects: monitor.follow_redirects !== false,
    remember_cookies: monitor.remember_cookies !== false,
    verify_ssl: monitor.verify_ssl !== false,
    client_key_set: monitor.client_key_set === true,
    ping_packets: String(monitor.ping_packets ?? 3),
    ping_loss_threshold: String(monitor.ping_loss_threshold ?? 100),
    dns_record_type: monitor.dns_record_type ?? 'A',
    dns_expected_answers: (monitor.dns_expected_answers ?? []).join('\n'),
    assertions: (monitor.assertions ?? []).map((one, i) => ({ ...one, key: `held-${i}` })),
    request_headers: (monitor.request_headers ?? []).map((one) => ({ ...one, key: one.id })),
    regions: monitor.regions ?? null,
    confirmation_period: String(monitor.confirmation_period ?? 0),
    recovery_period: String(monitor.recovery_period ?? 0),
    quorum: String(monitor.quorum ?? ''),
    depends_on: (monitor.depends_on ?? []).map(String),
    ...alertFields(monitor), ...dailyFields(monitor),
  };
}

/** The fields of each part that is folded away, because most monitors never need them. */
export const PARTS = {
  request: ['http_method', 'request_body', 'request_headers', 'follow_redirects', 'remember_cookies', 'http_version'],
  answer: ['assertions'],
  sign_in: ['auth', 'auth_username', 'auth_password', 'auth_token'],
  verdict: ['confirmation_period', 'recovery_period', 'quorum', 'depends_on'],
  tls: ['tls_mode', 'verify_ssl', 'tls_min_version', 'ca_certificates', 'client_certificate', 'client_key'],
  expiry: ['ssl_expiration', 'domain_expiration'],
  daily: ['daily', 'maintenance_from', 'maintenance_to', 'maintenance_timezone', 'maintenance_days'],
  alerts: ['policy_id', 'expiration_policy_id', 'team_wait', 'call', 'sms', 'email', 'push', 'critical_alert', 'ways'],
  way: ['request_timeout', 'degraded_threshold', 'ip_version', 'proxy_host', 'proxy_port'],
};

const usual = (fields, name) => (name === 'request_timeout' ? String(timeoutDefault(fields.monitor_type)) : DEFAULTS[name]);

/** True if something in that part is not as it is by default. */
export const isTouched = (fields, part) =>
  PARTS[part].some((name) => JSON.stringify(fields[name]) !== JSON.stringify(usual(fields, name)));

/** Another kind: a timeout in the other unit becomes the usual one. */
export function withKind(fields, kind) {
  const known = timeoutsOf(kind).includes(Number(fields.request_timeout));
  return { ...fields, monitor_type: kind, request_timeout: known ? fields.request_timeout : String(timeoutDefault(kind)) };
}

const optional = (text) => (text.trim() ? text.trim() : null);
const number = (text) => (String(text).trim() ? Number(text) : null);

export function checkFields(fields) {
  const kind = fields.monitor_type;
  const wrong = {
    url: checkAddress(fields.url, kind, kindWords(kind).address.check),
    port: checkPort(fields, kind),
    statuses: kind === 'expected_status_code' ? checkStatuses(fields.statuses) : undefined,
    required_keyword: (takesKeyword(kind) || kind === 'udp') && !fields.required_keyword ? 'Enter the text to look for' : undefined,
    request_body: kind === 'dns' && !fields.request_body.trim() ? 'Enter the name to ask for' : undefined,
    check_frequency: checkWhole(fields.check_frequency, 1, FREQUENCY_MAX_S) && `A whole number of seconds, from 1 to ${FREQUENCY_MAX_S}`,
    degraded_threshold: checkWhole(fields.degraded_threshold, 1, 60000, true),
    request_headers: fields.request_headers.some((one) => !one.name.trim() && one.value) ? 'A header needs a name' : undefined,
    assertions: checkAssertions(fields.assertions),
    auth_username: authOf(fields, kind) === 'basic' && fields.auth_username.includes(':') ? 'Without a colon' : undefined,
    auth_token: authOf(fields, kind) === 'bearer' && !/^[!-~]+$/.test(fields.auth_token) ? 'Letters, digits and signs only' : undefined,
    proxy_port: fields.proxy_host.trim() ? checkWhole(fields.proxy_port, 1, 65535) : undefined,
    ping_packets: checkWhole(fields.ping_packets, 1, 10),
    ping_loss_threshold: checkWhole(fields.ping_loss_threshold, 0, 100),
    database: kind === 'redis' ? checkWhole(fields.database, 0, 99999, true) : undefined,
    ca_certificates: checkPem(fields.ca_certificates, 'CERTIFICATE'),
    client_certificate: checkPem(fields.client_certificate, 'CERTIFICATE'),
    client_key: checkKey(fields),
    quorum: checkWhole(fields.quorum, 1, QUORUM_MAX, true),
    regions: fields.regions && !fields.regions.length ? 'Choose at least one region' : undefined,
    ...checkAlerts(fields), ...checkDaily(fields),
  };
  const hidden = ([name]) => takes(kind, name);
  return onlyWrong(Object.fromEntries(Object.entries(wrong).filter(hidden)));
}

function checkPort(fields, kind) {
  if (fields.port.trim()) return hasPort(fields.url) ? 'The port is in the host already' : checkPorts(fields.port);
  return needsPort(kind) && !hasPort(fields.url) ? 'Enter the port' : undefined;
}

function checkStatuses(text) {
  const statuses = parseStatuses(text);
  if (!statuses) return 'Codes and ranges with commas between, like 200, 300-399';
  return statuses.codes.length + statuses.ranges.length ? undefined : 'Enter at least one status code';
}

function checkKey(fields) {
  if (!fields.client_certificate.trim()) return fields.client_key.trim() ? 'A key needs its certificate' : undefined;
  return checkPem(fields.client_key, 'PRIVATE KEY') ?? (fields.client_key.trim() || fields.client_key_set ? undefined : 'Enter the key of the certificate');
}

/** How the form signs in, as far as the kind can. */
export function authOf({ auth }, kind) {
  if (!takes(kind, 'auth_username')) return auth === 'bearer' ? 'bearer' : 'none';
  return auth === 'bearer' && !takes(kind, 'auth_token') ? 'none' : auth;
}

const VALUES = {
  port: ({ port }) => optional(port),
  http_method: ({ http_method: method }) => method,
  request_headers: ({ request_headers: rows }, before) => headersOf(rows, before?.request_headers ?? []),
  auth_username: (fields) => (authOf(fields, fields.monitor_type) === 'basic' ? fields.auth_username || null : null),
  auth_password: (fields) => (authOf(fields, fields.monitor_type) === 'basic' ? fields.auth_password || null : null),
  auth_token: (fields) => (authOf(fields, fields.monitor_type) === 'bearer' ? optional(fields.auth_token) : null),
  expected_status_codes: ({ statuses }) => parseStatuses(statuses)?.codes ?? [],
  expected_status_ranges: ({ statuses }) => parseStatuses(statuses)?.ranges ?? [],
  required_keyword: ({ required_keyword: keyword }) => keyword || null,
  assertions: ({ assertions }) => assertionsOf(assertions),
  follow_redirects: (fields) => fields.follow_redirects,
  remember_cookies: (fields) => fields.remember_cookies,
  http_version: (fields) => optional(fields.http_version),
  proxy_host: (fields) => optional(fields.proxy_host),
  proxy_port: (fields) => (fields.proxy_host.trim() ? number(fields.proxy_port) : null),
  ip_version: (fields) => optional(fields.ip_version),
  verify_ssl: (fields) => fields.verify_ssl,
  tls_mode: (fields) => optional(fields.tls_mode),
  tls_min_version: (fields) => optional(fields.tls_min_version),
  client_certificate: (fields) => optional(fields.client_certificate),
  ca_certificates: (fields) => optional(fields.ca_certificates),
  ssl_expiration: (fields) => number(fields.ssl_expiration),
  domain_expiration: (fields) => number(fields.domain_expiration),
  ping_packets: (fields) => number(fields.ping_packets),
  ping_loss_threshold: (fields) => number(fields.ping_loss_threshold),
  dns_record_type: (fields) => fields.dns_record_type,
  dns_expected_answers: (fields) => fields.dns_expected_answers.split('\n').map((one) => one.trim()).filter(Boolean),
  grpc_service: (fields) => optional(fields.grpc_service),
  database: (fields) => optional(fields.database),
};

/** The whole body a set of fields stands for; before is the monitor that is edited, if any. */
export function bodyOf(fields, before) {
  const kind = fields.monitor_type;
  const body = {
    url: fields.url.trim(),
    monitor_type: kind,
    check_frequency: Number(fields.check_frequency),
    request_timeout: Number(fields.request_timeout),
    degraded_threshold: number(fields.degraded_threshold),
    regions: fields.regions,
    confirmation_period: Number(fields.confirmation_period),
    recovery_period: Number(fields.recovery_period),
    quorum: number(fields.quorum),
    depends_on: fields.depends_on,
    ...alertBody(fields, true),
    ...(fields.daily || before ? dailyBody(fields) : {}),
  };
  const name = fields.pronounceable_name.trim();
  if (name) body.pronounceable_name = name;
  for (const [one, valueOf] of Object.entries(VALUES)) if (takes(kind, one)) body[one] = valueOf(fields, before);
  if (takes(kind, 'request_body') && (!HTTP.includes(kind) || takesBody(fields.http_method))) {
    body.request_body = (kind === 'dns' ? fields.request_body.trim() : fields.request_body) || null;
  }
  if (takes(kind, 'client_key') && (fields.client_key.trim() || !body.client_certificate)) body.client_key = optional(fields.client_key);
  return body;
}

/** Nested attributes as the API has them: an id keeps, no id adds, _destroy removes. */
function headersOf(rows, before) {
  const kept = rows
    .map(({ id, name, value }) => ({ ...(id && { id }), name: name.trim(), value }))
    .filter(({ name }) => name);
  const gone = before.filter((old) => !kept.some((one) => one.id === old.id)).map(({ id }) => ({ id, _destroy: true }));
  return [...kept, ...gone];
}

/** Only what the person changed, so that two people editing different things do not undo each other. */
export function changesOf(fields, monitor) {
  const next = bodyOf(fields, monitor);
  const was = bodyOf(fieldsOf(monitor), monitor);
  return Object.fromEntries(Object.entries(next).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(was[name])));
}
