/** One timer for every "for 3 min" on the page; it rests while nobody looks. */
import { signal } from '@preact/signals';

const TICK_MS = 1000;

export const now = signal(Date.now());

let timer = 0;

function start() {
  if (timer) return;
  now.value = Date.now();
  timer = setInterval(() => { now.value = Date.now(); }, TICK_MS);
}

function stop() {
  clearInterval(timer);
  timer = 0;
}

document.addEventListener('visibilitychange', () => (document.hidden ? stop() : start()));
start();
