/** Live events, and their absence, into the store, whichever page is open. */
import { announce } from './announce.js';
import { heardUntil } from './connection.js';
import { onEvent, refetch } from './live.js';
import { get } from './api.js';
import { announceSilence } from './model/words.js';
import { applyTicks, judgeSilence, monitorSignal, putMonitors, removeMonitor } from './store.js';

const ASK_EVERY_MS = 10_000;

export function watchStore() {
  watchSilence();
  onEvent((event) => {
    if (event.type === 'ticks') applyTicks(event);
    else if (event.type === 'monitor') monitorEvent(event);
  });
}

/** Silence may also be the hub's own trouble with its database: asking brings that to light. */
function watchSilence() {
  let asked = -Infinity;
  heardUntil.subscribe((at) => {
    const fell = judgeSilence();
    if (!fell.length || at - asked < ASK_EVERY_MS) return;
    asked = at;
    announce(announceSilence(fell.map(({ name }) => name)));
    refetch();
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
