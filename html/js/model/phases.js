/** Pure: the phases of one request, in the order they happen. */

export const PHASES = [
  ['dns', 'DNS'],
  ['connect', 'Connect'],
  ['tls', 'TLS'],
  ['first_byte', 'First byte'],
  ['transfer', 'Transfer'],
];

/** What a phase is called where the usual word would be wrong. */
const OTHERWISE = {
  ping: { connect: 'Round trip', transfer: 'Rest' },
  tcp: { transfer: 'Rest' },
  tls: { transfer: 'Rest' },
  udp: { first_byte: 'Answer' },
  dns: { dns: 'Server’s address', first_byte: 'Answer' },
  domain: { first_byte: 'Answer' },
};

/** [[name, words]] of the phases as a kind of monitor has them. */
export const phaseWords = (kind) => PHASES.map(([name, words]) => [name, OTHERWISE[kind]?.[name] ?? words]);

const measured = (us) => (us > 0 ? us : 0);

/** What a failed request spent after its last finished phase. */
export const WAITING = ['waiting', 'Until it failed'];

/** Microseconds per phase; what is left of the total is transfer, if it went well or there was an answer. Null when nothing was measured. */
export function phasesOf({ status, dns, connect, tls, first_byte: firstByte, total }) {
  if (total === null || total === undefined || total < 0) return null;
  const parts = { dns: measured(dns), connect: measured(connect), tls: measured(tls), first_byte: measured(firstByte) };
  const sum = parts.dns + parts.connect + parts.tls + parts.first_byte;
  const rest = Math.max(0, total - sum);
  const well = status === 'up' || status === 'degraded';
  const answered = well || (firstByte !== null && firstByte !== undefined && firstByte >= 0);
  return { ...parts, transfer: answered ? rest : 0, waiting: answered ? 0 : rest, total: Math.max(total, sum) };
}

/** Those of the phases that any result of these columns went through. */
export const phasesSeen = (columns) => PHASES.map(([name]) => name)
  .filter((name) => columns.slot.some((_, at) => (phasesOf({ status: columns.status[at], dns: columns.dns[at], connect: columns.connect[at], tls: columns.tls[at], first_byte: columns.first_byte[at], total: columns.total[at] })?.[name] ?? 0) > 0));
