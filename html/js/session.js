/** Who is signed in. `me` is undefined until known, null when nobody is. */
import { batch, signal } from '@preact/signals';
import { get, post, patch } from './api.js';
import { onSessionEnd } from './session_end.js';
import { startLive, stopLive } from './live.js';
import { forgetIncidents } from './open_incidents.js';
import { forgetAll } from './store.js';
import { backoff, pause } from './backoff.js';
import { go } from './router.js';

export const me = signal(undefined);

/** Set while the very first question, who am I, finds no answer. */
export const meProblem = signal(null);

const adopt = (reply) => {
  me.value = { id: reply.data.id, ...reply.data.attributes };
  startLive();
};

/** Asks until there is an answer: without it there is no page to show. */
export async function loadMe() {
  const tries = backoff(1000, 10_000);
  for (;;) {
    try {
      adopt(await get('/me'));
      meProblem.value = null;
      return;
    } catch (error) {
      if (error.status === 401) { meProblem.value = null; return; }
      meProblem.value = error;
      await pause(tries.next(error.retryAfterMs));
    }
  }
}

export const signIn = async (fields) => adopt(await post('/sign-in', fields));
export const signUp = async (fields) => adopt(await post('/sign-up', fields));
export const rename = async (name) => adopt(await patch('/me', { name }));

/** Both at once: a moment with nobody on a page would lead to sign-in with a way back to it. */
export async function signOut() {
  await post('/sign-out');
  batch(() => {
    leave();
    go('/sign-in');
  });
}

function leave() {
  stopLive();
  forgetAll();
  forgetIncidents();
  me.value = null;
}

onSessionEnd(leave);
