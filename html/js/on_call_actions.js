/** What a person can do to on-call calendars, their rotation and their events. */
import { ApiError, del, get, patch, post } from './api.js';
import { toast } from './announce.js';
import { fromResource } from './store.js';

const place = (id) => `/on-calls/${id}`;

export async function saveCalendar(id, body) {
  return fromResource((id ? await patch(place(id), body) : await post('/on-calls', body)).data);
}

/** Someone else may have deleted it first: gone is gone. */
async function remove(path) {
  try {
    await del(path);
  } catch (problem) {
    if (problem.status !== 404) throw problem;
  }
}

export async function deleteCalendar(calendar) {
  await remove(place(calendar.id));
  toast(`${calendar.name} is deleted`, 'trash');
}

export async function rotateFeed(calendar) {
  const { data } = await post(`${place(calendar.id)}/rotate-feed`);
  toast('The address is a new one', 'key');
  return fromResource(data);
}

/** null when there is none. */
export async function loadRotation(id, signal) {
  try {
    return await get(`${place(id)}/rotation`, { signal });
  } catch (problem) {
    if (problem.status === 404) return null;
    throw problem;
  }
}

export const loadEvents = async (id, signal) => (await get(`${place(id)}/events`, { signal })).events;

/** Shifts between two instants: {shifts, truncated}. */
export async function loadShifts(id, from, to, signal) {
  const query = new URLSearchParams({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });
  const { data, truncated } = await get(`${place(id)}/shifts?${query}`, { signal });
  return { shifts: data.map(fromResource), truncated };
}

/** The forms have other names for some of the hub's fields. */
const FIELDS = { rotation_length: 'length', rotation_interval: 'length', start_rotations_at: 'starts', end_rotations_at: 'ends', starts_at: 'starts', ends_at: 'ends' };

async function send(work) {
  try {
    return await work();
  } catch (problem) {
    if (!(problem instanceof ApiError) || !problem.fields) throw problem;
    problem.fields = Object.fromEntries(Object.entries(problem.fields).map(([name, messages]) => [FIELDS[name] ?? name, messages]));
    throw problem;
  }
}

export const saveRotation = (id, body) => send(() => post(`${place(id)}/rotation`, body));
export const deleteRotation = (id) => remove(`${place(id)}/rotation`);
export const saveEvent = (id, event, body) => send(() => (event ? patch(`${place(id)}/events/${event}`, body) : post(`${place(id)}/events`, body)));
export const deleteEvent = (id, event) => remove(`${place(id)}/events/${event}`);
