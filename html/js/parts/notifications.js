/** Who was told of an incident: what, when, by which way, and whether it arrived. */
import { html } from '../html.js';
import { isOpen } from '../model/incidents.js';
import { useDeliveries } from '../use_deliveries.js';
import { DeliveryRows } from './delivery_row.js';
import { LoadProblem } from './load_problem.js';
import { ReachWays, useNobodyHears } from './reach_notice.js';

const SHOWN = 20;

function nobody(incident) {
  if (incident.state === 'unconfirmed') return 'Nobody yet: it is told when it is confirmed.';
  if (incident.state === 'false_alarm') return 'Nobody: it was not confirmed.';
  return isOpen(incident) ? html`<${Untold} />` : 'Nobody was told.';
}

function Untold() {
  return useNobodyHears() ? html`Nobody was told, because nobody can be: <${ReachWays} />` : html`Nobody was told. <a href="/channels">Channels</a> says who can be.`;
}

export function Notifications({ incident }) {
  const { data, problem } = useDeliveries({ incident: incident.id, perPage: SHOWN }).value;
  if (!data && problem && !problem.passing) return null;
  return html`<section class="panel panel-list" aria-label="Who was told">
    <div class="panel-head"><h2>Who was told</h2>${data?.more && html`<a class="small" href=${`/deliveries?incident=${incident.id}`}>All of it</a>`}</div>
    ${data?.deliveries.length ? html`<${DeliveryRows} deliveries=${data.deliveries} about=${incident.name} label="Messages" />`
    : problem && !data ? html`<${LoadProblem} problem=${problem} what="The list" />` : html`<p class="panel-body faint small">${data ? nobody(incident) : ' '}</p>`}
  </section>`;
}
