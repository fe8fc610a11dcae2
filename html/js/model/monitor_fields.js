/** Pure: a monitor as the fields of its form, and those fields back as the body of a request. */
import { checkUrl, onlyWrong, parseCodes } from './checks.js';

export const METHODS = ['get', 'head', 'post', 'put', 'patch'];
export const TIMEOUTS_S = [2, 3, 5, 10, 15, 30, 45, 60];
export const FREQUENCIES_S = [1, 5, 10, 15, 30, 60, 120, 180, 300, 600, 900, 1800, 3600, 21600, 43200, 86400];
const FREQUENCY_MAX_S = 86400;

export const takesBody = (method) => ['post', 'put', 'patch'].includes(method);
export const takesKeyword = (kind) => kind === 'keyword' || kind === 'keyword_absence';

const DEFAULTS = {
  url: '', pronounceable_name: '', monitor_type: 'status', expected_status_codes: '', required_keyword: '', check_frequency: '30',
  http_method: 'get', request_body: '', request_headers: [], auth_username: '', auth_password: '', request_timeout: '15',
  follow_redirects: true, verify_ssl: true, ip_version: '', regions: null,
};

const TEXTS = ['url', 'pronounceable_name', 'monitor_type', 'required_keyword', 'request_body', 'auth_username', 'auth_password', 'ip_version'];

export const newFields = () => structuredClone(DEFAULTS);

export function fieldsOf(monitor) {
  const fields = newFields();
  for (const name of TEXTS) fields[name] = monitor[name] ?? '';
  return {
    ...fields,
    http_method: (monitor.http_method ?? 'get').toLowerCase(),
    expected_status_codes: (monitor.expected_status_codes ?? []).join(', '),
    check_frequency: String(monitor.check_frequency),
    request_timeout: String(monitor.request_timeout),
    follow_redirects: monitor.follow_redirects !== false,
    verify_ssl: monitor.verify_ssl !== false,
    request_headers: (monitor.request_headers ?? []).map((one) => ({ ...one, key: one.id })),
    regions: monitor.regions ?? null,
  };
}

/** The fields that are folded away, because most monitors never need them. */
export const ADVANCED = [
  'http_method', 'request_body', 'request_headers', 'auth_username', 'auth_password',
  'request_timeout', 'follow_redirects', 'verify_ssl', 'ip_version',
];

/** True if one of them is not as it is by default. */
export const isAdvanced = (fields) =>
  ADVANCED.some((name) => JSON.stringify(fields[name]) !== JSON.stringify(DEFAULTS[name]));

export function checkFields(fields) {
  const kind = fields.monitor_type;
  return onlyWrong({
    url: checkUrl(fields.url),
    expected_status_codes: kind === 'expected_status_code' ? checkCodes(fields.expected_status_codes) : undefined,
    required_keyword: takesKeyword(kind) && !fields.required_keyword ? 'Enter the text to look for' : undefined,
    check_frequency: isFrequency(Number(fields.check_frequency)) ? undefined : `A whole number of seconds, from 1 to ${FREQUENCY_MAX_S}`,
    request_headers: fields.request_headers.some((one) => !one.name.trim() && one.value) ? 'A header needs a name' : undefined,
    regions: fields.regions && !fields.regions.length ? 'Choose at least one region' : undefined,
  });
}

const isFrequency = (seconds) => Number.isInteger(seconds) && seconds >= 1 && seconds <= FREQUENCY_MAX_S;

function checkCodes(text) {
  const codes = parseCodes(text);
  if (!codes) return 'Three-digit codes with commas between, like 200, 301';
  return codes.length ? undefined : 'Enter at least one status code';
}

/** The whole body a set of fields stands for; before is the monitor that is edited, if any. */
export function bodyOf(fields, before) {
  const kind = fields.monitor_type;
  const body = {
    url: fields.url.trim(),
    monitor_type: kind,
    check_frequency: Number(fields.check_frequency),
    http_method: fields.http_method,
    request_timeout: Number(fields.request_timeout),
    follow_redirects: fields.follow_redirects,
    verify_ssl: fields.verify_ssl,
    ip_version: fields.ip_version || null,
    regions: fields.regions,
    auth_username: fields.auth_username || null,
    auth_password: fields.auth_password || null,
    request_headers: headersOf(fields.request_headers, before?.request_headers ?? []),
  };
  const name = fields.pronounceable_name.trim();
  if (name) body.pronounceable_name = name;
  if (kind === 'expected_status_code') body.expected_status_codes = parseCodes(fields.expected_status_codes);
  if (takesKeyword(kind)) body.required_keyword = fields.required_keyword;
  if (takesBody(fields.http_method)) body.request_body = fields.request_body || null;
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
