/** /deliveries: everything that was sent or is to be, newest first; the filter is in the address. */
import { html } from '../html.js';
import { EVENT_WORDS, STATE_FILTERS, STATE_WORDS, filterOf, isFiltered } from '../model/deliveries.js';
import { query, setQuery } from '../router.js';
import { readAll } from '../use_resources.js';
import { useDeliveries } from '../use_deliveries.js';
import { useLoad } from '../use_load.js';
import { useTitle } from '../title.js';
import { DeliveryRows } from '../parts/delivery_row.js';
import { Icon } from '../parts/icon.js';
import { LoadProblem } from '../parts/load_problem.js';
import { Pages } from '../parts/pages.js';
import { Segments } from '../parts/segments.js';
import { Skeleton } from '../parts/skeleton.js';

const shownStates = STATE_FILTERS.map(([state]) => state);
const stateOptions = (state) => (shownStates.includes(state) ? STATE_FILTERS : [...STATE_FILTERS, [state, STATE_WORDS[state]]]);

export function Deliveries() {
  const filter = filterOf(query.value);
  const load = useDeliveries(filter);
  const { data, problem } = load.value;
  useTitle('What was sent');
  const change = (more) => setQuery({ ...filter, page: '', ...more });
  return html`<div class="page">
    <a class="crumb" href="/channels"><${Icon} name="back" size="16" />Channels</a>
    <div class="page-head list-head"><section class="health"><h1 tabindex="-1">What was sent</h1></section></div>
    <${Filters} filter=${filter} onChange=${change} />
    ${data ? html`<${List} data=${data} filter=${filter} />` : problem ? html`<${LoadProblem} problem=${problem} what="The log" />` : html`<${Loading} />`}
  </div>`;
}

function Filters({ filter, onChange }) {
  const channels = useLoad((signal) => readAll('/channels', signal), []).value.data ?? [];
  const known = channels.some(({ id }) => id === filter.channel);
  const select = (label, name, options) => html`<select class="select" aria-label=${label} onChange=${(event) => onChange({ [name]: event.currentTarget.value })}>
    ${options.map(([value, words]) => html`<option key=${value} value=${value} selected=${filter[name] === value}>${words}</option>`)}</select>`;
  return html`<div class="toolbar incident-filters">
    <${Segments} label="Which messages" options=${stateOptions(filter.state)} value=${filter.state} onPick=${(state) => onChange({ state })} />
    ${select('Channel', 'channel', [['', 'Every receiver'], ...channels.map(({ id, name }) => [id, name]), ...(filter.channel && !known ? [[filter.channel, `Channel ${filter.channel}`]] : [])])}
    ${select('About', 'event', [['', 'Every event'], ...Object.entries(EVENT_WORDS)])}
    ${filter.incident && html`<span class="chooser-chosen">Of one incident<button type="button" aria-label="Of every incident" onClick=${() => onChange({ incident: '' })}><${Icon} name="close" size="14" /></button></span>`}
  </div>`;
}

function List({ data, filter }) {
  if (!data.deliveries.length) return html`<${Nothing} filter=${filter} />`;
  return html`<section class="panel panel-list" aria-label="Messages"><${DeliveryRows} deliveries=${data.deliveries} label="Messages" /></section>
    ${data.pages > 1 && html`<${Pages} page=${filter.page} pages=${data.pages} onPage=${(page) => setQuery({ ...filter, page: page > 1 ? page : '' })} />`}`;
}

function Nothing({ filter }) {
  const filtered = isFiltered(filter) || filter.page > 1;
  return html`<div class="panel"><div class="empty empty-small"><h2>${filtered ? 'No message matches' : 'Nothing was sent yet'}</h2>
    ${filtered ? html`<button type="button" class="button" onClick=${() => setQuery({})}>Show all</button>`
    : html`<p>Every message to a channel or a person appears here, with what became of it.</p>`}</div></div>`;
}

const Loading = () => html`<ul class="panel panel-list deliveries" aria-busy="true">${[58, 44, 66].map((width) => html`<li class="delivery" key=${width}>
  <span class="skeleton row-mark-skeleton"></span><div class="delivery-words"><${Skeleton} width=${`${width}%`} /><${Skeleton} width=${`${width - 20}%`} /></div></li>`)}</ul>`;
