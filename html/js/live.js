/**
 * Keeps the page true: one event stream while signed in, polling while there is none.
 * Whatever was missed is fetched again at each hello, so no event needs to be replayed.
 */
import { setHubTime } from './clock.js';
import { stream, hub, heard, answered, failed } from './connection.js';
import { readJson } from './read_json.js';
import { sessionEnded } from './session_end.js';
import { backoff, pause } from './backoff.js';
import { readEvents } from './sse.js';

const SILENCE_MAX_MS = 20_000;
const POLL_MS = 10_000;

const listeners = new Set();
const refreshers = new Set();
let running = null;

/** Called with each change event. Returns the way to stop. */
export function onEvent(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Called when everything should be fetched again: after a gap in the stream, and by polling. */
export function onRefetch(refresher) {
  refreshers.add(refresher);
  return () => refreshers.delete(refresher);
}

/** Asks the hub for everything that is on show. */
export const refetch = () => refreshers.forEach((refresher) => refresher());

export function startLive() {
  if (running) return;
  running = new AbortController();
  stream.value = 'connecting';
  follow(running.signal);
  poll(running.signal);
}

export function stopLive() {
  running?.abort();
  running = null;
}

async function follow(signal) {
  const tries = backoff(500, 15_000);
  while (!signal.aborted) {
    const lasted = await connect(signal, tries);
    if (signal.aborted) return;
    stream.value = 'broken';
    await pause(lasted ? 250 : tries.next(), signal);
  }
}

/** One connection from its opening to its end; true if the hub had said hello on it. */
async function connect(signal, tries) {
  const line = new AbortController();
  const stop = () => line.abort();
  signal.addEventListener('abort', stop);
  const watchdog = silenceWatch(stop);
  let greeted = false;
  try {
    const response = await fetch('/api/v2/events', {
      headers: { Accept: 'text/event-stream' }, cache: 'no-store', credentials: 'same-origin', signal: line.signal,
    });
    if (response.status === 401) sessionEnded();
    if (response.status >= 502) failed('failing');
    if (!response.ok) return false;
    for await (const frame of readEvents(response.body)) {
      watchdog.heard();
      if (frame.event === 'hello') { greeted = true; tries.reset(); }
      receive(frame);
    }
  } catch { /* told below by what it left behind: the stream is broken */ } finally {
    watchdog.stop();
    signal.removeEventListener('abort', stop);
  }
  return greeted;
}

function silenceWatch(onSilence) {
  let timer = setTimeout(onSilence, SILENCE_MAX_MS);
  return {
    heard() { clearTimeout(timer); timer = setTimeout(onSilence, SILENCE_MAX_MS); },
    stop() { clearTimeout(timer); },
  };
}

function receive({ event, data }) {
  if (event === 'comment') {
    if (stream.value === 'live' && hub.value === 'ok') heard();
    return;
  }
  if (event === 'hello') setHubTime(timeOf(data));
  if (event === 'hello' || event === 'online') {
    stream.value = 'live';
    answered();
    refetch();
  } else if (event === 'offline') {
    stream.value = 'offline';
  } else if (event === 'change') {
    deliver(data);
    if (hub.value === 'ok') heard();
  }
}

function timeOf(data) {
  try { return JSON.parse(data).time; } catch { return NaN; }
}

function deliver(data) {
  let change;
  try { change = readJson(data); } catch { refetch(); return; }
  listeners.forEach((listener) => listener(change));
}

/** While the stream is not live the page asks; a hub that is down is asked at the same calm pace. */
async function poll(signal) {
  while (!signal.aborted) {
    await pause(POLL_MS, signal);
    if (!signal.aborted && stream.value !== 'live' && !document.hidden) refetch();
  }
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden && running && stream.value !== 'live') refetch();
});
