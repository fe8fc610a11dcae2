/**
 * Hooks for lists and things that are read whole and kept true by live events, which name only
 * what changed: {"type", "id"}. Many events in a moment become one reading of the list.
 */
import { useEffect } from 'preact/hooks';
import { get } from './api.js';
import { onEvent } from './live.js';
import { fromResource } from './store.js';
import { useLoad } from './use_load.js';

const PER_PAGE = 250;
const PAGES_MAX = 40;
const GATHER_MS = 200;
const ONE_BY_ONE_MAX = 10;

/** Every page of a collection. */
export async function readAll(path, signal) {
  const all = [];
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const reply = await get(`${path}?per_page=${PER_PAGE}&page=${page}`, { signal });
    all.push(...reply.data.map(fromResource));
    if (!reply.pagination?.next) break;
  }
  return all;
}

export function useResources(path, type) {
  const state = useLoad((signal) => readAll(path, signal), [path]);
  useEffect(() => {
    const changed = new Set();
    let timer = 0;
    const read = () => {
      timer = 0;
      const ids = [...changed];
      changed.clear();
      if (ids.length > ONE_BY_ONE_MAX || !state.peek().data) state.again();
      else ids.forEach((id) => readOne(state, path, id));
    };
    const stop = onEvent((event) => {
      if (event.type !== type) return;
      if (event.action === 'deleted') { dropOne(state, event.id); return; }
      changed.add(String(event.id));
      timer ||= setTimeout(read, GATHER_MS);
    });
    return () => { stop(); clearTimeout(timer); };
  }, [path]);
  return state;
}

async function readOne(state, path, id) {
  try {
    putOne(state, fromResource((await get(`${path}/${encodeURIComponent(id)}`)).data));
  } catch (problem) {
    if (problem.status === 404) dropOne(state, id);
    /* anything else: the next reading of the list brings it */
  }
}

/** A thing as a reply has it, into a list that useResources holds. */
export function putOne(state, fresh) {
  const { data } = state.peek();
  if (!data) return;
  const known = data.some((one) => one.id === fresh.id);
  state.value = { data: known ? data.map((one) => (one.id === fresh.id ? fresh : one)) : [...data, fresh], problem: null };
}

export function dropOne(state, id) {
  const { data } = state.peek();
  if (data) state.value = { data: data.filter((one) => one.id !== String(id)), problem: null };
}

/** load(signal) is called again whenever an event names this thing. */
export function useThing(load, type, id) {
  const state = useLoad(load, [id]);
  useEffect(() => onEvent((event) => {
    if (event.type !== type || String(event.id) !== String(id)) return;
    /* What is gone is not asked for. */
    if (event.action === 'deleted') state.value = { data: undefined, problem: { status: 404, message: 'This was deleted', passing: false } };
    else state.again();
  }), [id]);
  return state;
}
