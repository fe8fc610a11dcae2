/** The incidents of one monitor: what is open at once, what was on request. */
import { useEffect } from 'preact/hooks';
import { html } from '../html.js';
import { get } from '../api.js';
import { fromIncident, isOpen } from '../model/incidents.js';
import { onIncident } from '../open_incidents.js';
import { paced } from '../paced.js';
import { useLoad } from '../use_load.js';
import { IncidentRow } from './incident_row.js';

const SHOWN = 5;

export function useMonitorIncidents(id) {
  const load = useLoad(async (signal) => {
    const reply = await get(`/incidents?monitor_id=${id}&per_page=${SHOWN}`, { signal });
    return { incidents: reply.data.map(fromIncident), more: Boolean(reply.pagination?.next) };
  }, [id]);
  useEffect(() => onIncident(paced(() => load.again())), [id]);
  return load.value.data;
}

const rows = (incidents) => incidents.map((one) => html`<${IncidentRow} key=${one.id} incident=${one} bare />`);

/** Nothing, unless something is open. */
export function OpenIncidents({ found }) {
  const open = (found?.incidents ?? []).filter(isOpen);
  return open.length > 0 && html`<ul class="incident-rows panel" aria-label="Open incidents">${rows(open)}</ul>`;
}

export function PastIncidents({ id, found }) {
  if (!found) return null;
  const past = found.incidents.filter((one) => !isOpen(one));
  return html`<section class="panel" aria-label="Incidents">
    <div class="panel-head"><h2>Incidents</h2>${found.more && html`<a class="small" href=${`/incidents?monitor=${id}`}>All of them</a>`}</div>
    ${past.length ? html`<ul class="incident-rows incident-rows-in">${rows(past)}</ul>`
    : html`<p class="panel-body faint small">${found.incidents.length ? 'None before the one that is open.' : 'There was none so far.'}</p>`}
  </section>`;
}
