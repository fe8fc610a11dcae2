/** Pure: the phases of one request, in the order they happen. */

export const PHASES = [
  ['dns', 'DNS'],
  ['connect', 'Connect'],
  ['tls', 'TLS'],
  ['first_byte', 'First byte'],
  ['transfer', 'Transfer'],
];

const measured = (us) => (us > 0 ? us : 0);

/** Microseconds per phase; transfer is what is left of the total. Null when nothing was measured. */
export function phasesOf({ dns, connect, tls, first_byte: firstByte, total }) {
  if (total === null || total === undefined || total < 0) return null;
  const parts = { dns: measured(dns), connect: measured(connect), tls: measured(tls), first_byte: measured(firstByte) };
  const sum = parts.dns + parts.connect + parts.tls + parts.first_byte;
  return { ...parts, transfer: Math.max(0, total - sum), total: Math.max(total, sum) };
}
