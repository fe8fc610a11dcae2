/** Tokens for programs: listed, made (shown once), deleted. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { del, get, post } from '../api.js';
import { fromResource } from '../store.js';
import { useLoad } from '../use_load.js';
import { Confirm } from './confirm.js';
import { Copy } from './copy.js';
import { Dialog } from './dialog.js';
import { Icon } from './icon.js';
import { NameDialog } from './name_dialog.js';
import { TokenList } from './token_list.js';

export function ApiTokens({ title }) {
  const load = useLoad(async (signal) => (await get('/api-tokens', { signal })).data.map(fromResource), []);
  const making = useSignal(false);
  const made = useSignal(null);
  const deleting = useSignal(null);
  const make = async ({ name }) => {
    made.value = fromResource((await post('/api-tokens', { name: name.trim() })).data);
    making.value = false;
    load.again();
  };
  const remove = async () => {
    await del(`/api-tokens/${deleting.value.id}`);
    load.again();
  };
  return html`<div class="panel-head"><h2>${title}</h2><button type="button" class="button button-small"
    onClick=${() => { making.value = true; }}><${Icon} name="plus" size="16" />New token</button></div>
    <div class="panel-body">
      <p class="soft small setting-lead">A token lets a program use the API as your team: send it as <code>Authorization: Bearer …</code></p>
      <${TokenList} load=${load.value} empty="No token yet." onDelete=${(token) => { deleting.value = token; }} />
    </div>
    ${making.value && html`<${NameDialog} title="New API token" label="Name"
      hint="What it is for, so that you know later what stops when you delete it." action="Make token" send=${make} onClose=${() => { making.value = false; }} />`}
    ${made.value && html`<${MadeToken} token=${made.value} onClose=${() => { made.value = null; }} />`}
    ${deleting.value && html`<${Confirm} title=${`Delete ${deleting.value.name}?`} action="Delete token" work=${remove}
      onClose=${() => { deleting.value = null; }}>
      <p>Whatever uses it is refused from that moment on.</p><//>`}`;
}

function MadeToken({ token, onClose }) {
  return html`<${Dialog} title=${token.name} onClose=${onClose}>
    <p class="soft">Copy it now. Only its digest is kept, so it cannot be shown again.</p>
    <${Copy} text=${token.token} label="token" />
    <div class="dialog-actions"><button type="button" class="button button-primary"
      onClick=${onClose}>Done</button></div>
  <//>`;
}
