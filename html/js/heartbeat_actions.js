/** What a person can do to a heartbeat from more than one page; each gives back the heartbeat as it is then. */
import { del, patch, post } from './api.js';
import { fromResource } from './store.js';
import { toast } from './announce.js';

/** Null when it did not work; why is told. */
export async function setPaused(heartbeat, paused) {
  try {
    const { data } = await patch(`/heartbeats/${heartbeat.id}`, { paused });
    toast(paused ? `${heartbeat.name} is paused` : `${heartbeat.name} is watched again`, paused ? 'pause' : 'play');
    return fromResource(data);
  } catch (problem) {
    toast(problem.message, 'alert');
    return null;
  }
}

export async function saveHeartbeat(id, fields) {
  const { data } = id ? await patch(`/heartbeats/${id}`, fields) : await post('/heartbeats', fields);
  return fromResource(data);
}

export async function rotateToken(heartbeat) {
  const { data } = await post(`/heartbeats/${heartbeat.id}/rotate-token`);
  toast('The address is a new one', 'key');
  return fromResource(data);
}

/** Someone else may have deleted it first: gone is gone. */
export async function deleteHeartbeat(heartbeat) {
  try {
    await del(`/heartbeats/${heartbeat.id}`);
  } catch (problem) {
    if (problem.status !== 404) throw problem;
  }
  toast(`${heartbeat.name} is deleted`, 'trash');
}
