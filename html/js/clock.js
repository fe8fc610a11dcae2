/**
 * One timer for every "for 3 min" on the page; it rests while nobody looks. The time is the
 * hub's, once it has told it: a machine whose clock is wrong must not make results look old.
 */
import { signal } from '@preact/signals';

const TICK_MS = 1000;

let aheadMs = 0;

export const hubTime = () => Date.now() + aheadMs;

export const now = signal(hubTime());

export function setHubTime(time) {
  if (!Number.isFinite(time)) return;
  aheadMs = time - Date.now();
  now.value = hubTime();
}

let timer = 0;

function start() {
  if (timer) return;
  now.value = hubTime();
  timer = setInterval(() => { now.value = hubTime(); }, TICK_MS);
}

function stop() {
  clearInterval(timer);
  timer = 0;
}

document.addEventListener('visibilitychange', () => (document.hidden ? stop() : start()));
start();
