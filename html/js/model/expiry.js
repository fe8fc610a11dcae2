/** Pure: when a monitor's certificate or domain ends: what the freshest region that saw one has seen. */

const slotOf = ({ slot }) => (typeof slot === 'number' ? slot : Date.parse(slot));

export function endOf(monitor) {
  const seen = (monitor.region_states ?? []).filter((one) => one.expires_at);
  const [newest] = seen.sort((a, b) => slotOf(b) - slotOf(a));
  return newest?.expires_at ?? monitor.certificate_expires_at ?? monitor.domain_expires_at ?? null;
}
