/** How many incidents are open, whichever page is shown: for the head of the page and the tab. */
import { signal } from '@preact/signals';
import { announce } from './announce.js';
import { get } from './api.js';
import { onEvent, onRefetch } from './live.js';
import { counts, fromIncident } from './model/incidents.js';
import { paced } from './paced.js';

const PER_PAGE = 50;
const PAGES_MAX = 4;

/** null until it is known. */
export const openCount = signal(null);

let known = null;

export function forgetIncidents() {
  known = null;
  openCount.value = null;
}

async function load() {
  const found = [];
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const reply = await get(`/incidents?resolved=false&per_page=${PER_PAGE}&page=${page}`);
    found.push(...reply.data.map(fromIncident));
    if (!reply.pagination?.next) break;
  }
  const open = found.filter(counts);
  tell(open);
  openCount.value = open.length;
}

/** Monitors speak for themselves; what is about none of them is said here. */
function tell(open) {
  const fresh = known ? open.filter((one) => !known.has(one.id) && one.monitors_count === 0) : [];
  known = new Set(open.map((one) => one.id));
  if (fresh.length) announce(`Incident: ${fresh.map((one) => one.cause).join('; ')}`);
}

/** More there may be than are counted. */
export const countWords = (count) => (count >= PER_PAGE * PAGES_MAX ? `${count.toLocaleString()}+` : count.toLocaleString());

export function watchIncidents() {
  const again = paced(() => load().catch(() => {})); /* what fails passes; the next refetch asks again */
  onRefetch(again);
  onIncident(again);
}

/** Calls back on every event about incidents, or about one of them. Returns the way to stop. */
export const onIncident = (listener, id) => onEvent((event) => {
  if (event.type === 'incident' && (id === undefined || String(event.id) === id)) listener(event);
});
