/**
 * A hook that loads something and keeps it true: again when its keys change and whenever live.js
 * asks, with retries for what passes (503, no answer). Old data stays on show meanwhile.
 */
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { onRefetch } from './live.js';
import { backoff, pause } from './backoff.js';

const NOTHING = { data: undefined, problem: null };

/** load(signal) resolves to data. Returns a signal of {data, problem}; its .again() loads anew. */
export function useLoad(load, keys) {
  const state = useSignal(NOTHING);
  useEffect(() => {
    const stop = new AbortController();
    const runner = oneAtATime((signal) => attempt(load, state, signal), stop.signal);
    state.value = NOTHING;
    state.again = runner;
    runner();
    const unhook = onRefetch(runner);
    return () => { unhook(); stop.abort(); };
  }, keys);
  return state;
}

/** Calls during a run are joined into one further run: nothing is missed, nothing piles up. */
function oneAtATime(work, signal) {
  let busy = false;
  let wanted = false;
  return async () => {
    wanted = true;
    if (busy) return;
    busy = true;
    while (wanted && !signal.aborted) {
      wanted = false;
      await work(signal);
    }
    busy = false;
  };
}

async function attempt(load, state, signal) {
  const tries = backoff(1000, 15_000);
  while (!signal.aborted) {
    try {
      const data = await load(signal);
      if (!signal.aborted) state.value = { data, problem: null };
      return;
    } catch (problem) {
      if (signal.aborted) return;
      state.value = { data: state.value.data, problem };
      if (!problem.passing) return;
      await pause(tries.next(problem.retryAfterMs), signal);
    }
  }
}
