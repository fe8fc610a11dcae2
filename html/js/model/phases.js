/** Pure: the phases of one request, in the order they happen. */

export const PHASES = [
  ['dns', 'DNS'],
  ['connect', 'Connect'],
  ['tls', 'TLS'],
  ['first_byte', 'First byte'],
  ['transfer', 'Transfer'],
];

const measured = (us) => (us > 0 ? us : 0);

/** What a failed request spent after its last finished phase. */
export const WAITING = ['waiting', 'Until it failed'];

/** Microseconds per phase; what is left of the total is transfer, if there was an answer. Null when nothing was measured. */
export function phasesOf({ dns, connect, tls, first_byte: firstByte, total }) {
  if (total === null || total === undefined || total < 0) return null;
  const parts = { dns: measured(dns), connect: measured(connect), tls: measured(tls), first_byte: measured(firstByte) };
  const sum = parts.dns + parts.connect + parts.tls + parts.first_byte;
  const rest = Math.max(0, total - sum);
  const answered = firstByte !== null && firstByte !== undefined && firstByte >= 0;
  return { ...parts, transfer: answered ? rest : 0, waiting: answered ? 0 : rest, total: Math.max(total, sum) };
}
