/** A hook: everything a policy may name, kept true; a list is undefined until it is read. */
import { useLoad } from './use_load.js';
import { readAll, useResources } from './use_resources.js';

const PEOPLE = '/team-members';

/** Nobody comes or goes often: read once for a page, and again with everything else. */
export const usePeople = () => useLoad((signal) => readAll(PEOPLE, signal), []).value.data;

export function useNames() {
  return {
    people: usePeople(),
    calendars: useResources('/on-calls', 'on_call').value.data,
    channels: useResources('/channels', 'channel').value.data,
    policies: useResources('/policies', 'policy').value.data,
    urgencies: useResources('/urgencies', 'urgency').value.data,
  };
}
