/** One region: its agents, when each last reported, and for administrators its tokens. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { del } from '../api.js';
import { plural } from '../format.js';
import { AgentItem } from './agent_item.js';
import { Confirm } from './confirm.js';
import { Icon } from './icon.js';
import { Menu } from './menu.js';
import { MenuItem } from './menu_item.js';
import { RegionTokens } from './region_tokens.js';
import { Ago } from './since.js';

export function RegionItem({ region, administrator, onChange }) {
  const tokens = useSignal(false);
  const deleting = useSignal(false);
  const agents = region.agents ?? [];
  const remove = async () => {
    await del(`/regions/${region.id}`);
    onChange();
  };
  return html`<li class="region-item">
    <div class="region-item-head">
      <span class="region-item-name">
        <b>${region.name || region.slug}</b>${region.name && region.name !== region.slug && html`<span
        class="mono faint">${region.slug}</span>`}</span>
      <span class="faint small">${plural(region.monitors_count ?? 0, 'monitor')}</span>
      ${administrator && html`<${Menu} button=${html`<${Icon} name="more" />`}
        label=${`Actions for region ${region.slug}`}>
        <${MenuItem} icon="key" onPick=${() => { tokens.value = true; }}>Agent tokens…<//>
        <${MenuItem} icon="trash" danger onPick=${() => { deleting.value = true; }}>Delete…<//>
      <//>`}
    </div>
    ${agents.length ? html`<ul class="agents">${agents.map((one) => html`<${AgentItem} key=${one.name} agent=${one} />`)}</ul>`
      : html`<p class="faint small">${region.last_report_at ? html`Last report <${Ago}
        time=${region.last_report_at} />.` : 'No agent has reported yet.'}</p>`}
    ${tokens.value && html`<${RegionTokens} region=${region} onClose=${() => { tokens.value = false; }} />`}
    ${deleting.value && html`<${Confirm} title=${`Delete region ${region.slug}?`} action="Delete region" work=${remove}
      onClose=${() => { deleting.value = false; }}>
      <p>Its agents are refused from that moment on, and monitors are no longer watched from there.</p><//>`}
  </li>`;
}
