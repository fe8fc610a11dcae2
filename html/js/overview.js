/** The last 24 hours of the list's monitors: one signal each, read whole, so that a row redraws when its own hours came. */
import { batch, signal } from '@preact/signals';
import { get } from './api.js';
import { hubTime } from './clock.js';
import { lettersOf } from './model/overview.js';
import { onSessionEnd } from './session_end.js';

const PER_PAGE = 1000;
const PAGES_MAX = 10;

const rows = new Map();

/** {letters, share, at}: at is when the last hour ends. null until it is known. */
export function overviewSignal(id) {
  if (!rows.has(id)) rows.set(id, signal(null));
  return rows.get(id);
}

/** Every letter that was read, for the legend. */
export const lettersSeen = signal('');

function put({ id, attributes }, at) {
  const { bars, availability_24h: share } = attributes;
  overviewSignal(String(id)).value = { letters: lettersOf(bars), share: share ?? null, at };
}

export async function loadOverview(stop) {
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const at = hubTime();
    const reply = await get(`/monitors/overview?per_page=${PER_PAGE}&page=${page}`, { signal: stop });
    batch(() => reply.data.forEach((one) => put(one, at)));
    if (!reply.pagination?.next) break;
  }
  lettersSeen.value = [...new Set([...rows.values()].flatMap((row) => row.peek()?.letters ?? []))].sort().join('');
  return true;
}

onSessionEnd(() => { rows.clear(); lettersSeen.value = ''; });
