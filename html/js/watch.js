/** Live events into the store, whichever page is open. */
import { onEvent } from './live.js';
import { get } from './api.js';
import { applyTicks, monitorSignal, putMonitors, removeMonitor } from './store.js';

export function watchStore() {
  onEvent((event) => {
    if (event.type === 'ticks') applyTicks(event);
    else if (event.type === 'monitor') monitorEvent(event);
  });
}

async function monitorEvent({ action, id }) {
  if (action === 'deleted') { removeMonitor(id); return; }
  try {
    putMonitors([(await get(`/monitors/${encodeURIComponent(id)}`)).data]);
  } catch (error) {
    if (error.status === 404) removeMonitor(id);
    /* anything else: the next refetch brings it */
    else if (!monitorSignal(id)) return;
  }
}
