/** What a person can do to a maintenance window; each gives back the window as it is then. */
import { del, patch, post } from './api.js';
import { fromResource } from './store.js';
import { toast } from './announce.js';

export async function saveWindow(id, fields) {
  const { data } = id ? await patch(`/maintenance-windows/${id}`, fields) : await post('/maintenance-windows', fields);
  return fromResource(data);
}

/** Ends what runs now; what repeats goes on with its next time. */
export async function endWindow(one) {
  const { data } = await post(`/maintenance-windows/${one.id}/end`);
  toast(`${one.name} has ended`);
  return fromResource(data);
}

/** Someone else may have deleted it first: gone is gone. */
export async function deleteWindow(one) {
  try {
    await del(`/maintenance-windows/${one.id}`);
  } catch (problem) {
    if (problem.status !== 404) throw problem;
  }
  toast(`${one.name} is deleted`, 'trash');
}
