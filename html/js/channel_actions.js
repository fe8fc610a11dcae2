/** What a person can do to a channel of the team, or to a contact of their own: the same under two addresses. */
import { del, patch, post } from './api.js';
import { toast } from './announce.js';
import { fromResource } from './store.js';

export const CHANNELS = '/channels';
export const CONTACTS = '/me/contacts';

export async function saveChannel(root, id, fields) {
  const { data } = id ? await patch(`${root}/${id}`, fields) : await post(root, fields);
  return fromResource(data);
}

/** The delivery that carries the test. */
export const testChannel = async (root, id) => fromResource((await post(`${root}/${id}/test`)).data);

/** Null when it did not work; why is told. */
export async function setEnabled(root, channel, enabled) {
  try {
    const fresh = await saveChannel(root, channel.id, { enabled });
    toast(enabled ? `${channel.name} is turned on` : `${channel.name} is turned off`, enabled ? 'play' : 'pause');
    return fresh;
  } catch (problem) {
    toast(problem.message, 'alert');
    return null;
  }
}

/** Someone else may have deleted it first: gone is gone. */
export async function deleteChannel(root, channel) {
  try {
    await del(`${root}/${channel.id}`);
  } catch (problem) {
    if (problem.status !== 404) throw problem;
  }
  toast(`${channel.name} is deleted`, 'trash');
}

export const retryDelivery = async (id) => fromResource((await post(`/deliveries/${id}/retry`)).data);
