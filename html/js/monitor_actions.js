/** What a person can do to a monitor from more than one page. */
import { del, patch, post } from './api.js';
import { putMonitors, removeMonitor } from './store.js';
import { toast } from './announce.js';

export async function setPaused(monitor, paused) {
  try {
    putMonitors([(await patch(`/monitors/${monitor.id}`, { paused })).data]);
    toast(paused ? `${monitor.pronounceable_name} is paused` : `${monitor.pronounceable_name} is watched again`, paused ? 'pause' : 'play');
  } catch (problem) { toast(problem.message, 'alert'); }
}

/** Someone else may have deleted it first: gone is gone. */
export async function deleteMonitor(monitor) {
  try {
    await del(`/monitors/${monitor.id}`);
  } catch (problem) {
    if (problem.status !== 404) throw problem;
  }
  removeMonitor(monitor.id);
  toast(`${monitor.pronounceable_name} is deleted`, 'trash');
}

export async function saveMonitor(id, fields) {
  const reply = id ? await patch(`/monitors/${id}`, fields) : await post('/monitors', fields);
  putMonitors([reply.data]);
  return reply.data.id;
}
