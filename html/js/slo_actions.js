/** What a person can do to an SLO; what is saved comes back as it is then. */
import { del, patch, post } from './api.js';
import { fromResource } from './store.js';
import { toast } from './announce.js';

export async function saveSlo(id, fields) {
  const { data } = id ? await patch(`/slos/${id}`, fields) : await post('/slos', fields);
  return fromResource(data);
}

/** Someone else may have deleted it first: gone is gone. */
export async function deleteSlo(slo) {
  try {
    await del(`/slos/${slo.id}`);
  } catch (problem) {
    if (problem.status !== 404) throw problem;
  }
  toast(`${slo.name} is deleted`, 'trash');
}
