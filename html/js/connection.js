/**
 * What is known about the line to the hub. `hub` comes from ordinary calls, `stream` from the
 * event stream; linkState joins them into the one word the header shows.
 */
import { signal, computed } from '@preact/signals';
import { hubTime } from './clock.js';

/* After a gap agents need a while to deliver what they kept; their longest wait is 30 s. */
const GAP_MS = 30_000;
const SETTLE_MS = 35_000;
const STEP_MS = 1000;

/** ok | failing (it answers 5xx) | unreachable */
export const hub = signal('ok');

/** connecting | live | offline (the hub has lost its event bus) | broken */
export const stream = signal('connecting');

/** When what is on the page was last known to be true. */
export const asOf = signal(Date.now());

/**
 * Up to when, by the hub's clock, the page has heard all there was: by this, not by the time,
 * monitors are found silent. It stands still while the hub is away and until agents are back.
 */
export const heardUntil = signal(0);

let settledAt = 0;

/** Something on the line shows that the page is up to date. */
export function heard() {
  const at = Date.now();
  if (at - asOf.peek() > GAP_MS) settledAt = at + SETTLE_MS;
  asOf.value = at;
  if (stream.peek() === 'connecting' || at < settledAt) return;
  if (Math.abs(hubTime() - heardUntil.peek()) >= STEP_MS) heardUntil.value = hubTime();
}

export function answered() {
  hub.value = 'ok';
  heard();
}

export function failed(how) {
  hub.value = how;
}

export const linkState = computed(() => {
  if (hub.value !== 'ok') return hub.value;
  if (stream.value === 'live' || stream.value === 'connecting') return stream.value;
  return stream.value === 'offline' ? 'polling' : 'reconnecting';
});
