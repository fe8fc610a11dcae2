/** A hook: these monitors by id, from the store; those it does not know are fetched once. Null for one that is not there. */
import { useEffect } from 'preact/hooks';
import { get } from './api.js';
import { monitorSignal, putMonitors, roster } from './store.js';

export function useMonitors(ids) {
  useEffect(() => {
    for (const id of ids.filter((one) => !monitorSignal(one))) {
      get(`/monitors/${id}`).then((reply) => putMonitors([reply.data]), () => {}); /* without it there is no name to show */
    }
  }, [ids.join()]);
  void roster.value; /* which changes when one of them comes */
  return ids.map((id) => monitorSignal(id)?.value ?? null);
}
