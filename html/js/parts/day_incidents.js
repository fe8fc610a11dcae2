/** The incidents that a day saw: those that began on it, and those that had not ended before it. */
import { html } from '../html.js';
import { get } from '../api.js';
import { fromIncident } from '../model/incidents.js';
import { onDay } from '../model/year.js';
import { instantOf } from '../model/zoned.js';
import { useLoad } from '../use_load.js';
import { IncidentRow } from './incident_row.js';
import { Skeleton } from './skeleton.js';

const DAY_MS = 86_400_000;
const BEFORE_MS = 7 * DAY_MS;
const ASKED = 50;

export function DayIncidents({ day, monitor, zone }) {
  const wall = Date.parse(`${day}T00:00Z`);
  const [from, to] = [wall, wall + DAY_MS].map((one) => instantOf(one, zone));
  const { data, problem } = useLoad(async (signal) => {
    const question = new URLSearchParams({ monitor_id: monitor.id, from: new Date(from - BEFORE_MS).toISOString(), to: new Date(to).toISOString(), per_page: ASKED });
    return (await get(`/incidents?${question}`, { signal })).data.map(fromIncident).filter((one) => onDay(one, from, to));
  }, [day, monitor.id]).value;
  if (!data) return problem ? html`<p class="faint small">${problem.message}${problem.passing && ' Trying again by itself.'}</p>` : html`<p><${Skeleton} width="60%" /></p>`;
  if (!data.length) return html`<p class="faint small">Its incidents were deleted, or began long before.</p>`;
  return html`<ul class="incident-rows day-incidents">${data.map((one) => html`<${IncidentRow} key=${one.id} incident=${one} bare />`)}</ul>`;
}
