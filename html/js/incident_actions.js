/** What a person can do about an incident, from any page. */
import { del, patch, post } from './api.js';
import { toast } from './announce.js';
import { fromIncident } from './model/incidents.js';

const act = async (id, action) => fromIncident((await post(`/incidents/${id}/${action}`)).data);

export const acknowledge = (id) => act(id, 'acknowledge');
export const resolve = (id) => act(id, 'resolve');
export const reopen = (id) => act(id, 'reopen');

/** As it will be once the hub has agreed. */
export const acknowledgedBy = (incident, me, at) => ({
  ...incident, state: incident.state === 'started' ? 'acknowledged' : incident.state,
  acknowledged_at: new Date(at).toISOString(), acknowledged_by: me.name || me.email,
});

/** The hub names what is wrong by its own members; the dialog by whom it asks for. */
const TARGETS = { user_id: 'user', user_email: 'user', schedule_id: 'schedule', policy_id: 'policy' };

export async function escalate(id, body) {
  try {
    await post(`/incidents/${id}/escalate`, body);
  } catch (problem) {
    if (problem.fields) problem.fields = Object.fromEntries(Object.entries(problem.fields).map(([name, messages]) => [TARGETS[name] ?? name, messages]));
    throw problem;
  }
  toast('Escalated', 'bell');
}

export async function createIncident({ summary, description }) {
  const { data } = await post('/incidents', { summary: summary.trim(), ...(description.trim() && { description }) });
  return data.id;
}

/** Someone else may have deleted it first: gone is gone. */
export async function deleteIncident(incident) {
  try {
    await del(`/incidents/${incident.id}`);
  } catch (problem) {
    if (problem.status !== 404) throw problem;
  }
  toast('The incident is deleted', 'trash');
}

export const addComment = (id, content) => post(`/incidents/${id}/comments`, { content });
export const changeComment = (id, comment, content) => patch(`/incidents/${id}/comments/${comment}`, { content });
export const deleteComment = (id, comment) => del(`/incidents/${id}/comments/${comment}`);
