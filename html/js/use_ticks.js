/** The results of one monitor over a range, loaded once and then kept up by live events. */
import { useEffect } from 'preact/hooks';
import { get } from './api.js';
import { onEvent } from './live.js';
import { fromReply, rowOf, withRow } from './model/ticks.js';
import { useLoad } from './use_load.js';

const TICKS_MAX = 20_000;

export function useTicks(id, spanMs) {
  const state = useLoad(async (signal) => {
    const query = new URLSearchParams({ from: Date.now() - spanMs, limit: TICKS_MAX });
    return fromReply((await get(`/monitors/${id}/ticks?${query}`, { signal })).data.attributes);
  }, [id, spanMs]);
  useEffect(() => onEvent((event) => {
    if (event.type !== 'ticks' || !state.peek().data) return;
    const rows = event.monitors.filter((news) => news.id === id && news.region).map(rowOf);
    if (rows.length) state.value = { ...state.peek(), data: rows.reduce(withRow, state.peek().data) };
  }), [id, spanMs]);
  return state.value;
}
