/**
 * What is known about the line to the hub. `hub` comes from ordinary calls, `stream` from the
 * event stream; linkState joins them into the one word the header shows.
 */
import { signal, computed } from '@preact/signals';

/** ok | failing (it answers 5xx) | unreachable */
export const hub = signal('ok');

/** connecting | live | offline (the hub has lost its event bus) | broken */
export const stream = signal('connecting');

/** When what is on the page was last known to be true. */
export const asOf = signal(Date.now());

export function answered() {
  hub.value = 'ok';
  asOf.value = Date.now();
}

export function failed(how) {
  hub.value = how;
}

export const linkState = computed(() => {
  if (hub.value !== 'ok') return hub.value;
  if (stream.value === 'live' || stream.value === 'connecting') return stream.value;
  return stream.value === 'offline' ? 'polling' : 'reconnecting';
});
