/** /channels */
import { html } from '../html.js';
import { useKinds } from '../channel_kinds.js';
import { listSentence, sorted, stateOf } from '../model/channels.js';
import { dropOne, putOne, useResources } from '../use_resources.js';
import { useDeliveryNews } from '../use_deliveries.js';
import { useTitle } from '../title.js';
import { ChannelRow } from '../parts/channel_row.js';
import { EmptyChannels } from '../parts/empty_channels.js';
import { Icon } from '../parts/icon.js';
import { LoadProblem } from '../parts/load_problem.js';
import { MonitorListSkeleton } from '../parts/monitor_list.js';

export function Channels() {
  const load = useResources('/channels', 'channel');
  useDeliveryNews(() => load.again());
  const { data: kinds } = useKinds();
  const { data, problem } = load.value;
  const rows = data && sorted(data.map((channel) => ({ channel, state: stateOf(channel) })));
  const states = rows?.map(({ state }) => state);
  useTitle(states?.includes('down') ? listSentence(states) : 'Channels');
  if (!rows) return html`<div class="page">${problem ? html`<${LoadProblem} problem=${problem} what="The list" />`
    : html`<div aria-busy="true"><section class="health"><h1 tabindex="-1">Channels</h1></section><${MonitorListSkeleton} /></div>`}</div>`;
  return html`<div class="page">
    <div class="page-head list-head"><section class=${`health${states.includes('down') ? ' state-down' : ''}`}><h1 tabindex="-1">${listSentence(states)}</h1></section>
      <div class="page-actions"><a class="button" href="/deliveries"><${Icon} name="list" />What was sent</a>
        ${rows.length > 0 && html`<a class="button button-primary" href="/channels/new"><${Icon} name="plus" />Add channel</a>`}</div></div>
    ${rows.length === 0 ? html`<${EmptyChannels} kinds=${kinds} />` : html`<ul class="rows panel" aria-label="Channels">
      ${rows.map((row) => html`<${ChannelRow} key=${row.channel.id} ...${row} onChange=${(fresh) => fresh && putOne(load, fresh)} onGone=${() => dropOne(load, row.channel.id)} />`)}</ul>`}
    <p class="page-note soft small">What reaches you alone, by mail, phone or push, is in <a href="/settings?part=my-alerts">My alerts</a>.</p>
  </div>`;
}
