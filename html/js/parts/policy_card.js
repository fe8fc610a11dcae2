/** One policy of the list: its name, and what it does in sentences. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { sentences, stepTimes } from '../model/policy.js';
import { deletePolicy } from '../policy_actions.js';
import { Confirm } from './confirm.js';
import { Icon } from './icon.js';
import { Menu } from './menu.js';
import { MenuItem } from './menu_item.js';
import { PolicySentence } from './policy_sentence.js';

export function PolicyCard({ policy, names, onGone }) {
  const asking = useSignal(false);
  const times = stepTimes(policy.steps ?? []);
  const edit = `/policies/${policy.id}`;
  const remove = async () => { await deletePolicy(policy); onGone(policy.id); };
  return html`<li class="panel policy">
    <div class="policy-head"><h2><a href=${edit}>${policy.name}</a></h2>
      <${Menu} button=${html`<${Icon} name="more" />`} label=${`Actions for ${policy.name}`}>
        <${MenuItem} icon="edit" href=${edit}>Edit<//>
        <${MenuItem} icon="copy" href=${`/policies/new?from=${policy.id}`}>Make a copy<//>
        <${MenuItem} icon="trash" danger onPick=${() => { asking.value = true; }}>Delete…<//>
      <//></div>
    <ol class="sentences">${sentences(policy, names).map((pieces, i) => html`<li key=${i}><span class="sentence-time">${times[i] ?? (policy.steps?.length ? 'then' : '')}</span>
      <span><${PolicySentence} pieces=${pieces} /></span></li>`)}</ol>
    ${asking.value && html`<${Confirm} title=${`Delete ${policy.name}?`} action="Delete policy" work=${remove} onClose=${() => { asking.value = false; }}>
      <p>Monitors and heartbeats that have it notify whoever is on call instead, and policies that lead to it skip that step. What it is doing for an open incident goes on.</p><//>`}
  </li>`;
}
