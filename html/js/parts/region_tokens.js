/** The tokens of a region's agents, and for a new one the command that starts an agent with it. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { del, get, post } from '../api.js';
import { fromResource } from '../store.js';
import { useLoad } from '../use_load.js';
import { AgentCommand } from './agent_command.js';
import { Confirm } from './confirm.js';
import { Dialog } from './dialog.js';
import { Icon } from './icon.js';
import { NameDialog } from './name_dialog.js';
import { TokenList } from './token_list.js';

export function RegionTokens({ region, onClose }) {
  const place = `/regions/${region.id}/tokens`;
  const load = useLoad(async (signal) => (await get(place, { signal })).data.map(fromResource), [region.id]);
  const making = useSignal(false);
  const made = useSignal(null);
  const deleting = useSignal(null);
  const make = async ({ name }) => {
    made.value = fromResource((await post(place, { name: name.trim() })).data);
    making.value = false;
    load.again();
  };
  const remove = async () => {
    await del(`/region-tokens/${deleting.value.id}`);
    load.again();
  };
  if (making.value) return html`<${NameDialog} title=${`New token for ${region.slug}`} label="Name"
    hint="For instance the machine it is for." action="Make token" send=${make} onClose=${() => { making.value = false; }} />`;
  if (deleting.value) return html`<${Confirm} title=${`Delete ${deleting.value.name}?`} action="Delete token"
    work=${remove} onClose=${() => { deleting.value = null; }}><p>Agents that use it are refused from that moment on.</p><//>`;
  return html`<${Dialog} title=${`Agent tokens of ${region.slug}`} onClose=${onClose} wide>
    ${made.value ? html`<${AgentCommand} token=${made.value} />` : html`<p
      class="soft">An agent proves with a token that it works for this region. One token may serve several agents.</p>`}
    <${TokenList} load=${load.value} empty="No token yet." onDelete=${(token) => { deleting.value = token; }} />
    <div class="dialog-actions">
      <button type="button" class="button" onClick=${() => { making.value = true; }}><${Icon} name="plus"
        size="16" />New token</button>
      <button type="button" class="button button-primary" onClick=${onClose}>Done</button>
    </div>
  <//>`;
}
