/** /incidents: what is open first, then what was, page by page; the filter is in the address. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { html } from '../html.js';
import { get } from '../api.js';
import { toast } from '../announce.js';
import { hubTime } from '../clock.js';
import { acknowledge, acknowledgedBy } from '../incident_actions.js';
import { counts, filterOf, fromIncident, isFiltered, pagesOf, questionsOf } from '../model/incidents.js';
import { onIncident } from '../open_incidents.js';
import { paced } from '../paced.js';
import { query, setQuery } from '../router.js';
import { me } from '../session.js';
import { useLoad } from '../use_load.js';
import { useTitle } from '../title.js';
import { Icon } from '../parts/icon.js';
import { IncidentFilters } from '../parts/incident_filters.js';
import { IncidentRow } from '../parts/incident_row.js';
import { LoadProblem } from '../parts/load_problem.js';
import { NewIncident } from '../parts/new_incident.js';
import { NoIncidents } from '../parts/no_incidents.js';
import { Pages } from '../parts/pages.js';
import { Skeleton } from '../parts/skeleton.js';

async function ask(question, signal) {
  if (question === null) return { incidents: [], pages: 1 };
  const reply = await get(`/incidents?${question}`, { signal });
  return { incidents: reply.data.map(fromIncident), pages: pagesOf(reply) };
}

async function loadLists(filter, signal) {
  const questions = questionsOf(filter);
  const [open, past] = await Promise.all([ask(questions.open, signal), ask(questions.past, signal)]);
  return { open, past };
}

/** At once on the page, then for good; or back, with the reason. */
async function acknowledgeIn(load, incident) {
  const put = (fresh) => {
    const { data } = load.peek();
    const incidents = data.open.incidents.map((one) => (one.id === incident.id ? fresh : one));
    load.value = { ...load.peek(), data: { ...data, open: { ...data.open, incidents } } };
  };
  put(acknowledgedBy(incident, me.value, hubTime()));
  try {
    put(await acknowledge(incident.id));
  } catch (problem) {
    put(incident);
    toast(problem.message, 'alert');
    load.again();
  }
}

export function Incidents() {
  const filter = filterOf(query.value);
  const load = useLoad((signal) => loadLists(filter, signal), [query.value]);
  const making = useSignal(false);
  useEffect(() => onIncident(paced(() => load.again())), []);
  const { data, problem } = load.value;
  const change = (more) => setQuery({ ...filter, page: '', ...more });
  const open = data?.open.incidents.filter(counts).length;
  const never = data && isNever(data, filter);
  useTitle('Incidents');
  return html`<div class="page">
    <div class="page-head list-head"><section class="health"><h1 tabindex="-1">${headline(data, filter, open)}</h1></section>
      <div class="page-actions"><button type="button" class="button" onClick=${() => { making.value = true; }}><${Icon} name="plus" size="16" />New incident</button></div></div>
    ${!never && html`<${IncidentFilters} filter=${filter} onChange=${change} />`}
    ${data ? html`<${Lists} data=${data} filter=${filter} onAcknowledge=${(incident) => acknowledgeIn(load, incident)} />`
    : problem ? html`<${LoadProblem} problem=${problem} what="The list" />` : html`<${Loading} />`}
    ${making.value && html`<${NewIncident} onClose=${() => { making.value = false; }} />`}
  </div>`;
}

const isNever = ({ open, past }, filter) => !isFiltered(filter) && filter.page === 1 && !open.incidents.length && !past.incidents.length;

function headline(data, filter, open) {
  if (!data || isNever(data, filter) || filter.state === 'resolved' || filter.page > 1) return 'Incidents';
  if (!open) return isFiltered(filter) ? 'Incidents' : 'No open incidents';
  const number = open.toLocaleString() + (data.open.pages > 1 ? ' or more' : '');
  return `${number} ${filter.state === 'acknowledged' ? 'acknowledged' : 'open'} ${open === 1 ? 'incident' : 'incidents'}`;
}

function Lists({ data, filter, onAcknowledge }) {
  const { open, past } = data;
  if (!open.incidents.length && !past.incidents.length) return html`<${NoIncidents} filter=${filter} />`;
  const page = (at) => setQuery({ ...filter, page: at > 1 ? at : '' });
  return html`<div class="stack">
    ${open.incidents.length > 0 && html`<section aria-label="Open incidents"><ul class="incident-rows panel">${open.incidents.map((one) => html`<${IncidentRow}
      key=${one.id} incident=${one} onAcknowledge=${onAcknowledge} />`)}</ul>
      ${open.pages > 1 && html`<p class="more faint small">Only the newest ${open.incidents.length} of those that are open are shown.</p>`}</section>`}
    ${past.incidents.length > 0 && html`<section aria-label="Resolved incidents">
      ${open.incidents.length > 0 && html`<h2 class="section-title">Before that</h2>`}
      <ul class="incident-rows panel">${past.incidents.map((one) => html`<${IncidentRow} key=${one.id} incident=${one} />`)}</ul>
      ${past.pages > 1 && html`<${Pages} page=${filter.page} pages=${past.pages} onPage=${page} />`}</section>`}
  </div>`;
}

const Loading = () => html`<ul class="incident-rows panel" aria-busy="true">${[58, 44, 66].map((width) => html`<li class="incident-row" key=${width}>
  <span class="skeleton row-mark-skeleton"></span><div class="incident-words"><${Skeleton} width=${`${width}%`} /><${Skeleton} width=${`${width - 20}%`} /></div></li>`)}</ul>`;
