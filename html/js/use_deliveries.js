/** Deliveries of a question, newest first, kept true by the events that name them; many in a moment are one reading. */
import { useEffect } from 'preact/hooks';
import { get } from './api.js';
import { onEvent } from './live.js';
import { concerns, questionOf } from './model/deliveries.js';
import { pagesOf } from './model/incidents.js';
import { paced } from './paced.js';
import { fromResource } from './store.js';
import { useLoad } from './use_load.js';
import { useThing } from './use_resources.js';

export function useDeliveries(filter) {
  const question = questionOf(filter);
  const load = useLoad(async (signal) => {
    const reply = await get(`/deliveries?${question}`, { signal });
    return { deliveries: reply.data.map(fromResource), pages: pagesOf(reply), more: Boolean(reply.pagination?.next) };
  }, [question]);
  useEffect(() => {
    const again = paced(() => load.again());
    return onEvent((event) => { if (event.type === 'delivery' && concerns(filter, event)) again(); });
  }, [question]);
  return load;
}

/** One with its tries, as it goes on. */
export const useDelivery = (id) => useThing(async (signal) => fromResource((await get(`/deliveries/${encodeURIComponent(id)}`, { signal })).data), 'delivery', id);

/** Whenever a delivery fares on, at a calm pace: what is known of its channel may be different. channel: only of this one. */
export function useDeliveryNews(work, channel) {
  useEffect(() => {
    const again = paced(work);
    return onEvent((event) => { if (event.type === 'delivery' && concerns({ channel }, event)) again(); });
  }, [channel]);
}
