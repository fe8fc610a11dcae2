/** The urgencies of the team: names for ways, which steps of policies use. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { usedWords, waysWords } from '../model/ways.js';
import { capital } from '../model/calendar.js';
import { deleteUrgency } from '../policy_actions.js';
import { Confirm } from './confirm.js';
import { Icon } from './icon.js';
import { Menu } from './menu.js';
import { MenuItem } from './menu_item.js';
import { UrgencyDialog } from './urgency_dialog.js';

/** onSaved and onGone tell what has changed, before an event does. */
export function Urgencies({ urgencies, policies, onSaved, onGone }) {
  const making = useSignal(false);
  return html`<section class="panel" aria-label="Urgencies">
    <div class="panel-head"><h2>Urgencies</h2><button type="button" class="button button-small" onClick=${() => { making.value = true; }}><${Icon} name="plus" size="16" />Add urgency</button></div>
    ${urgencies.length === 0 ? html`<p class="panel-body soft">An urgency is a name for ways, like “High” for phone call and SMS. Steps of policies say by which urgency they notify.</p>`
    : html`<ul class="urgency-list">${urgencies.map((one) => html`<${UrgencyRow} key=${one.id} one=${one} policies=${policies} onSaved=${onSaved} onGone=${onGone} />`)}</ul>`}
    ${making.value && html`<${UrgencyDialog} onSaved=${onSaved} onClose=${() => { making.value = false; }} />`}
  </section>`;
}

function UrgencyRow({ one, policies, onSaved, onGone }) {
  const asking = useSignal(null);
  const close = () => { asking.value = null; };
  return html`<li class="urgency">
    <button type="button" class="urgency-name" onClick=${() => { asking.value = 'edit'; }}>${one.name}</button>
    <span class="urgency-ways">${capital(waysWords(one))}</span>
    <span class="faint small">${usedWords(one, policies)}</span>
    <${Menu} button=${html`<${Icon} name="more" />`} label=${`Actions for ${one.name}`}>
      <${MenuItem} icon="edit" onPick=${() => { asking.value = 'edit'; }}>Edit…<//>
      <${MenuItem} icon="trash" danger onPick=${() => { asking.value = 'delete'; }}>Delete…<//>
    <//>
    ${asking.value === 'edit' && html`<${UrgencyDialog} urgency=${one} onSaved=${onSaved} onClose=${close} />`}
    ${asking.value === 'delete' && html`<${Confirm} title=${`Delete ${one.name}?`} action="Delete urgency" onClose=${close}
      work=${async () => { await deleteUrgency(one); onGone(one.id); }}><p>Steps that use it notify by the usual ways from then on.</p><//>`}
  </li>`;
}
