/** What a person can do to escalation policies and urgencies. */
import { del, patch, post } from './api.js';
import { toast } from './announce.js';
import { errorsAtSteps } from './model/policy_fields.js';
import { fromResource } from './store.js';

const save = (path) => async (id, body) => fromResource((id ? await patch(`${path}/${id}`, body) : await post(path, body)).data);

/** Someone else may have deleted it first: gone is gone. */
const remove = (path) => async (one) => {
  try {
    await del(`${path}/${one.id}`);
  } catch (problem) {
    if (problem.status !== 404) throw problem;
  }
  toast(`${one.name} is deleted`, 'trash');
};

export const saveUrgency = save('/urgencies');
export const deleteUrgency = remove('/urgencies');
export const deletePolicy = remove('/policies');

const savePlain = save('/policies');

/** What the hub has against a step is told at that step; steps are those of the editor. */
export async function savePolicy(id, body, steps) {
  try {
    return await savePlain(id, body);
  } catch (problem) {
    if (problem.fields) problem.fields = errorsAtSteps(problem.fields, steps);
    throw problem;
  }
}
