/** Pure: whether anybody hears of an incident. */
import { listed } from '../format.js';

/** A channel that is on, and that nothing is known to be missing for. */
const works = ({ enabled, problem }) => enabled && !problem;

/** Undefined until both are known: the page says nothing that it does not know. */
export function nobodyHears(people, channels) {
  if (!people || !channels) return undefined;
  return !people.some(({ reachable }) => reachable !== false) && !channels.some(works);
}

/** "Ann cannot be reached": of those with these ids; empty where all of them can be, or it is not known. */
export function unreachableWords(people, ids, nameOf) {
  const lost = ids.filter((id) => people?.find((one) => one.id === String(id))?.reachable === false);
  return lost.length ? `${listed(lost.map(nameOf))} cannot be reached: no way is set up.` : '';
}
