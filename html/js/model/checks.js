/** Pure: what can be said about a form before the hub is asked. The hub has the last word. */

export const PASSWORD_MIN = 10;
export const PASSWORD_MAX = 256;

export function checkEmail(email) {
  if (!email?.trim()) return 'Enter your e-mail address';
  return /^\S+@\S+$/.test(email.trim()) ? undefined : 'This does not look like an e-mail address';
}

export function checkNewPassword(password = '') {
  const length = [...password].length;
  if (!length) return 'Choose a password';
  if (length < PASSWORD_MIN) return `${PASSWORD_MIN - length} more to go: at least ${PASSWORD_MIN} characters`;
  return length > PASSWORD_MAX ? `At most ${PASSWORD_MAX} characters` : undefined;
}

export function checkUrl(url) {
  return checkWeb(url, /^https?:\/\//i, 'http:// or https://');
}

function checkWeb(url, schemes, words) {
  const text = url?.trim();
  if (!text) return 'Enter the address to watch';
  if (!schemes.test(text)) return `Start with ${words}`;
  try {
    return new URL(text).hostname ? undefined : 'This address has no host';
  } catch { return 'This is not a complete address'; }
}

const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?)(:(\d{1,5}))?$/i;
const IPV6 = /^[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*$/i;

/** A host with or without a port; port says what becomes of one: 'never', 'always', or either. */
function checkHost(host, port) {
  const text = host?.trim();
  if (!text) return 'Enter the host to watch';
  if (/:\/\//.test(text)) return `Only the host, without ${text.split('://')[0]}://`;
  if (IPV6.test(text) && port !== 'always') return undefined;
  const parts = HOST.exec(text);
  if (!parts) return 'A host name or an address, perhaps with a port';
  if (parts[6] && (port === 'never' || Number(parts[6]) < 1 || Number(parts[6]) > 65535)) return port === 'never' ? 'Without a port' : 'A port is between 1 and 65535';
  return port === 'always' && !parts[6] ? 'Name the port, too, like example.com:443' : undefined;
}

function checkDomain(name) {
  const text = name?.trim();
  if (!text) return 'Enter the domain to watch';
  return HOST.test(text) && /\.[^.:]*[a-z][^.:]*\.?$/i.test(text) ? undefined : 'The name of a domain, like example.com';
}

/** What is wrong with where a kind of monitor points to. */
export function checkAddress(address, kind, check) {
  if (check === 'web') return checkUrl(address);
  if (check === 'socket') return checkWeb(address, /^(wss?|https?):\/\//i, 'wss:// or ws://');
  if (check === 'domain') return checkDomain(address);
  return checkHost(address, { ping: 'never', grpc: 'always' }[kind]);
}

export const hasPort = (host) => { const text = host?.trim() ?? ''; return !IPV6.test(text) && /:\d+$/.test(text); };

/** "25, 587" */
export function checkPorts(text) {
  const parts = String(text ?? '').split(',').map((one) => one.trim());
  const good = parts.every((one) => /^\d{1,5}$/.test(one) && Number(one) >= 1 && Number(one) <= 65535);
  return good ? undefined : 'A port, or several with commas between, like 25, 587';
}

/** "200, 300-399" to codes and ranges; null if something in it is neither. */
export function parseStatuses(text) {
  const parts = String(text ?? '').split(/[\s,;]+/).filter(Boolean);
  const good = parts.every((one) => /^[1-5]\d\d(-[1-5]\d\d)?$/.test(one) && (!one.includes('-') || one.slice(0, 3) <= one.slice(4)));
  if (!good) return null;
  const unique = [...new Set(parts)];
  return { codes: unique.filter((one) => !one.includes('-')).map(Number), ranges: unique.filter((one) => one.includes('-')) };
}

/** A whole number between two, or nothing if it may be left out. */
export function checkWhole(text, lowest, highest, optional) {
  const value = String(text ?? '').trim();
  if (!value && optional) return undefined;
  return /^\d+$/.test(value) && Number(value) >= lowest && Number(value) <= highest ? undefined : `A whole number from ${lowest} to ${highest}`;
}

/** The shape of PEM; what is in it is judged where it is used. */
export function checkPem(text, label) {
  const value = text?.trim();
  if (!value) return undefined;
  if (/ENCRYPTED/.test(value)) return 'It must not be encrypted: there is nobody to type a password';
  return new RegExp(`^-----BEGIN [A-Z ]*${label}-----[^]*-----END [A-Z ]*${label}-----$`).test(value) ? undefined : `Paste it as PEM, from -----BEGIN … ${label}----- on`;
}

/** Only what is wrong: fields whose message is undefined are left out. */
export const onlyWrong = (messages) => Object.fromEntries(Object.entries(messages).filter(([, message]) => message));
