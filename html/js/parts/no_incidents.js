/** No incident to show: because there was none, or because of the filter. */
import { html } from '../html.js';
import { get } from '../api.js';
import { isFiltered } from '../model/incidents.js';
import { setQuery } from '../router.js';
import { useLoad } from '../use_load.js';
import { Mark } from './mark.js';
import { At } from './since.js';

/** Monitors are listed as they were made: the first one is the oldest. */
const loadOldest = async (signal) => {
  const { data } = await get('/monitors?per_page=1', { signal });
  return { since: data[0]?.attributes.created_at ?? null };
};

export function NoIncidents({ filter }) {
  if (isFiltered(filter) || filter.page > 1) return html`<div class="panel"><div class="empty empty-small">
    <h2>No incident matches</h2>
    <button type="button" class="button" onClick=${() => setQuery({})}>Show all</button>
  </div></div>`;
  return html`<div class="panel"><${Never} /></div>`;
}

function Never() {
  const { data } = useLoad(loadOldest, []).value;
  if (data && !data.since) return html`<div class="empty">
    <h2>No incidents</h2>
    <p>Nothing is watched yet, so nothing could be found.</p>
    <a class="button button-primary" href="/monitors/new">Add monitor</a>
  </div>`;
  return html`<div class="empty">
    <${Mark} status="up" size="40" />
    <h2>No incidents</h2>
    <p>${data ? html`Nothing has been down since the first monitor was added, <${At} time=${data.since} />.` : ' '}</p>
  </div>`;
}
