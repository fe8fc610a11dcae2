/** Pure: how a live event and a reply from the hub become one monitor. */

const VERDICT = ['status', 'state', 'status_since', 'suppressed_by', 'maintenance_until', 'failure_reason', 'failure_text', 'last_checked_at'];

/** The verdict of an event laid over a monitor; a paused monitor stays paused until its own event says otherwise. */
export function mergeChange(monitor, news) {
  if (monitor.paused) return monitor;
  const merged = { ...monitor };
  for (const name of VERDICT) if (news[name] !== undefined) merged[name] = news[name];
  return merged;
}

/** One region's result, unless a newer slot of that region is known already. */
export function mergeRegion(monitor, state) {
  if (!state) return monitor;
  const states = monitor.region_states ?? [];
  const held = states.find((one) => one.region === state.region);
  if (held && slotOf(held) > slotOf(state)) return monitor;
  const others = states.filter((one) => one.region !== state.region);
  return byRegion({ ...monitor, region_states: [...others, state] });
}

/** Regions always in one order, so that cards and dots keep their places. */
export function byRegion(monitor) {
  const region_states = [...(monitor.region_states ?? [])].sort((a, b) => a.region.localeCompare(b.region));
  return { ...monitor, region_states };
}

/** A whole monitor from the hub, with any region result that an event brought meanwhile. */
export const keepNewer = (held, fresh) =>
  (held.region_states ?? [])
    .filter((state) => (fresh.region_states ?? []).some((one) => one.region === state.region))
    .reduce(mergeRegion, fresh);

/** Slots come as milliseconds or ISO text. */
function slotOf(state) {
  return typeof state.slot === 'number' ? state.slot : Date.parse(state.slot) || 0;
}
