/**
 * Pure: the kinds of monitors. Which there are, what each is called, where it points to and which
 * attributes it takes: the same table as sql/core/kind.sql, which a test holds this one to.
 */

export const HTTP = ['status', 'expected_status_code', 'keyword', 'keyword_absence'];
const WITH_TLS = [...HTTP, 'tcp', 'smtp', 'pop', 'imap', 'tls', 'websocket', 'grpc', 'redis', 'postgres'];
const IN_MS = ['ping', 'tcp', 'udp', 'smtp', 'pop', 'imap', 'dns', 'redis', 'postgres'];

const HOST = { label: 'Host', placeholder: 'example.com', check: 'host' };
const mail = (title, port, words) => ({ title, port, hint: `Connects, reads the greeting of the ${words} server and signs in if you say how.`, address: { ...HOST, placeholder: 'mail.example.com' } });

/** The four of HTTP share a tile; the rest have one each. `port` is what is used when none is given. */
export const KINDS = {
  web: { title: 'Website or API', hint: 'Requests a page and judges the answer.', address: { label: 'Address', placeholder: 'https://example.com/health', check: 'web' } },
  websocket: { title: 'WebSocket', hint: 'Opens a WebSocket: up when the server upgrades the connection.', address: { label: 'Address', placeholder: 'wss://example.com/socket', check: 'socket' } },
  grpc: { title: 'gRPC', hint: 'Asks the gRPC health service: up when it says SERVING.', address: { label: 'Host and port', placeholder: 'example.com:443', check: 'host' } },
  ping: { title: 'Ping', hint: 'Sends ICMP echo requests; measures round trip and loss.', address: { ...HOST, label: 'Host or address' } },
  tcp: { title: 'TCP port', hint: 'Connects; can also send something and look at the answer.', address: HOST, port: '' },
  udp: { title: 'UDP port', hint: 'Sends a datagram and waits for an answer with a text in it.', address: HOST, port: '' },
  dns: { title: 'DNS', hint: 'Asks one name server for a record.', address: { label: 'Name server', placeholder: '1.1.1.1', check: 'host' }, port: '53' },
  smtp: mail('SMTP', '25', 'SMTP'),
  imap: mail('IMAP', '143', 'IMAP'),
  pop: mail('POP3', '110', 'POP3'),
  redis: { title: 'Redis', hint: 'Connects and sends PING.', address: HOST, port: '6379' },
  postgres: { title: 'PostgreSQL', hint: 'Connects, and signs in if you say how.', address: HOST, port: '5432' },
  tls: { title: 'TLS certificate', hint: 'Judges the certificate alone: chain, name and end.', address: HOST, port: '443' },
  domain: { title: 'Domain', hint: 'Asks the registry when the domain ends.', address: { label: 'Domain', placeholder: 'example.com', check: 'domain' } },
};

export const GROUPS = [
  ['Web', ['web', 'websocket', 'grpc']],
  ['Network', ['ping', 'tcp', 'udp', 'dns']],
  ['Mail', ['smtp', 'imap', 'pop']],
  ['Data', ['redis', 'postgres']],
  ['Expiry', ['tls', 'domain']],
];

/** What counts as up for a website. */
export const ANSWERS = {
  status: { title: 'It answers with a 2xx status', hint: 'The usual choice for sites and APIs.' },
  expected_status_code: { title: 'It answers with a given status', hint: 'For redirects, 401 walls, or exactly 204.' },
  keyword: { title: 'The page contains a text', hint: 'Down when the text is missing.' },
  keyword_absence: { title: 'The page lacks a text', hint: 'Down when the text appears.' },
};

export const tileOf = (kind) => (HTTP.includes(kind) ? 'web' : kind);
export const kindWords = (kind) => KINDS[tileOf(kind)] ?? { title: kind, hint: '', address: { label: 'Address' } };

const ALL = [...HTTP, ...Object.keys(KINDS).filter((one) => one !== 'web')];

/** Attribute to the kinds that take it; an attribute that is not here is everybody's. */
export const TAKES = {
  http_method: HTTP, follow_redirects: HTTP, remember_cookies: HTTP, proxy_host: HTTP, proxy_port: HTTP,
  http_version: HTTP, assertions: HTTP,
  expected_status_codes: ['expected_status_code'], expected_status_ranges: ['expected_status_code'],
  request_body: [...HTTP, 'tcp', 'udp', 'dns'],
  request_headers: [...HTTP, 'websocket', 'grpc'], auth_token: [...HTTP, 'websocket', 'grpc'],
  auth_username: [...HTTP, 'websocket', 'smtp', 'pop', 'imap', 'redis', 'postgres'],
  auth_password: [...HTTP, 'websocket', 'smtp', 'pop', 'imap', 'redis', 'postgres'],
  required_keyword: ['keyword', 'keyword_absence', 'tcp', 'udp'],
  port: ['tcp', 'udp', 'smtp', 'pop', 'imap', 'dns', 'tls', 'redis', 'postgres'],
  verify_ssl: WITH_TLS, tls_min_version: WITH_TLS, client_certificate: WITH_TLS, client_key: WITH_TLS,
  ca_certificates: WITH_TLS, ssl_expiration: WITH_TLS,
  tls_mode: ['tcp', 'smtp', 'pop', 'imap', 'tls', 'grpc', 'redis', 'postgres'],
  domain_expiration: [...HTTP, 'domain'], ping_packets: ['ping'], ping_loss_threshold: ['ping'],
  dns_record_type: ['dns'], dns_expected_answers: ['dns'], grpc_service: ['grpc'], database: ['redis', 'postgres'],
  ip_version: ALL.filter((one) => one !== 'domain'),
};

export const takes = (kind, name) => TAKES[name]?.includes(kind) ?? true;

/** Seconds for some kinds, milliseconds for the others, as the API has it. */
export const timeoutIsMs = (kind) => IN_MS.includes(kind);
export const timeoutsOf = (kind) => (timeoutIsMs(kind) ? [500, 1000, 2000, 3000, 5000] : [2, 3, 5, 10, 15, 30, 45, 60]);
export const timeoutDefault = (kind) => (timeoutIsMs(kind) ? 5000 : 15);

const STARTTLS = [['smtp', 'STARTTLS of SMTP'], ['imap', 'STARTTLS of IMAP'], ['pop3', 'STARTTLS of POP3'], ['ftp', 'STARTTLS of FTP'], ['postgres', 'TLS of PostgreSQL']];

/** [value, words] of tls_mode; '' is what is usual. */
export function tlsModesOf(kind) {
  if (['smtp', 'pop', 'imap'].includes(kind)) return [['', 'Usual for the port'], ['none', 'No TLS'], ['direct', 'TLS from the start'], ['starttls', 'STARTTLS']];
  if (kind === 'tcp') return [['', 'No TLS'], ['direct', 'TLS from the start'], ...STARTTLS];
  if (kind === 'tls') return [['', 'TLS from the start'], ...STARTTLS];
  if (kind === 'grpc') return [['', 'TLS on port 443 only'], ['none', 'No TLS'], ['direct', 'TLS']];
  return [['', 'No TLS'], ['direct', 'TLS']];
}

/** Whether a port has to be named: here, or in the address. */
export const needsPort = (kind) => kind === 'tcp' || kind === 'udp';

/** Whether there may be a certificate to judge. */
export const usesTls = (kind, mode) =>
  takes(kind, 'verify_ssl') && mode !== 'none' && (Boolean(mode) || !['tcp', 'redis', 'postgres'].includes(kind));
