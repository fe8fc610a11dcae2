/** Reads the whole list page by page into the store; what is not in it any more leaves the store. */
import { get } from './api.js';
import { keepOnly, putMonitors } from './store.js';

const PER_PAGE = 250;
const PAGES_MAX = 40;

/** Resolves to {complete}: false when there are more monitors than a page can hold. */
export async function loadMonitors(signal) {
  const seen = new Set();
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const reply = await get(`/monitors?per_page=${PER_PAGE}&page=${page}`, { signal });
    putMonitors(reply.data);
    reply.data.forEach((one) => seen.add(one.id));
    if (!reply.pagination?.next) {
      keepOnly(seen);
      return { complete: true };
    }
  }
  return { complete: false };
}
