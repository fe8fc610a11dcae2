/**
 * Pure: a state that nobody has confirmed for too long is not shown as if it were true now.
 * `at` is the moment up to which the page has heard everything the hub had to say (by the hub's
 * clock); 0 when it has heard nothing yet.
 */
import { ms } from '../format.js';

/* For as long the hub itself believes a region... */
const INTERVALS = 3;
const BELIEVED_MS_MIN = 60_000;
/* ...and this is for what is on its way. */
const GRACE_MS = 15_000;

export const patienceMs = (seconds) => Math.max(INTERVALS * seconds * 1000, BELIEVED_MS_MIN) + GRACE_MS;

/** False without any time: what never began cannot be overdue. */
function overdue(monitor, times, at) {
  const known = times.map(ms).filter((time) => time !== null);
  return known.length > 0 && at - Math.max(...known) > patienceMs(monitor.check_frequency);
}

const isPaused = (monitor) => monitor.paused || monitor.state === 'paused';
const pendingSince = (monitor) => (monitor.state === 'pending' ? monitor.status_since : null);

/** The monitor's state as it may be shown: its own, or "no_data" before the hub has said so itself. */
export function stateAt(monitor, at) {
  if (isPaused(monitor)) return 'paused';
  if (monitor.state === 'maintenance') return monitor.state;
  return overdue(monitor, [monitor.last_checked_at, pendingSince(monitor)], at) ? 'no_data' : monitor.state;
}

/** The same for one region; a changed monitor gives each of its regions time to begin again. */
export function regionStateAt(monitor, state, at) {
  if (isPaused(monitor)) return state.status;
  const silent = stateAt(monitor, at) === 'no_data' || overdue(monitor, [state.checked_at, monitor.updated_at, pendingSince(monitor)], at);
  return silent ? 'no_data' : state.status;
}

/** For a region from which no result is known: "pending" while one may still come. */
export const missingRegionStateAt = (monitor, at) =>
  regionStateAt(monitor, { status: 'pending', checked_at: monitor.updated_at ?? monitor.created_at }, at);

/** Whether there was a result since the monitor was made or resumed. */
export function hasResult(monitor) {
  const last = ms(monitor.last_checked_at);
  return last !== null && last >= (ms(pendingSince(monitor)) ?? last);
}
