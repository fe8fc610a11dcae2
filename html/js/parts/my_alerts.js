/** The ways in which the person who is signed in can be reached; nobody else sees where they lead. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { CONTACTS, setEnabled, testChannel } from '../channel_actions.js';
import { kindOf, useKinds } from '../channel_kinds.js';
import { WAYS } from '../model/channel_kinds.js';
import { reasonOf, stateOf, stateWords, targetOf, waysOf } from '../model/channels.js';
import { me } from '../session.js';
import { useDeliveryNews } from '../use_deliveries.js';
import { dropOne, putOne, useResources } from '../use_resources.js';
import { ChannelIcon } from './channel_icon.js';
import { DeleteChannel } from './channel_row.js';
import { Icon } from './icon.js';
import { Mark } from './mark.js';
import { Menu } from './menu.js';
import { MenuItem } from './menu_item.js';
import { Skeleton } from './skeleton.js';
import { TestButton, TestRun, useTest } from './test_run.js';

export function MyAlerts({ title }) {
  const load = useResources(CONTACTS, 'contact');
  const kinds = useKinds().data;
  useDeliveryNews(() => load.again());
  const { data, problem } = load.value;
  return html`<div class="panel-head"><h2>${title}</h2><a class="button button-small" href="/contacts/new"><${Icon} name="plus" size="16" />Add a way</a></div>
    <div class="panel-body">
      <p class="soft small setting-lead">How you hear of incidents that you are on call for, or that a policy sends to you. Only you see where these lead.</p>
      ${!data ? problem ? html`<p class="faint small" role="status">${problem.message}</p>` : html`<${Skeleton} width="60%" />`
    : data.length ? html`<ul class="contacts">${data.map((one) => html`<${Contact} key=${one.id} contact=${one} kind=${kindOf(kinds, one)}
        onChange=${(fresh) => fresh && putOne(load, fresh)} onGone=${() => dropOne(load, one.id)} />`)}</ul>` : html`<${ByMail} kind=${kindOf(kinds, { kind: 'email' })} />`}
    </div>`;
}

/** Who has set up nothing. */
function ByMail({ kind }) {
  const missing = kind?.available === false;
  return html`<div class="contact-none"><${ChannelIcon} kind="email" /><div>
    <p>${missing ? 'You cannot be reached' : html`You are told by mail to <b class="wrap-anywhere">${me.value.email}</b>`}</p>
    <p class="faint small">${missing ? html`${kind.problem}. ${me.value.administrator ? html`<a href="/settings?part=alerting">Set it up</a>, or add another way.` : 'Add another way, or ask an administrator to set it up.'}`
    : 'Add your phone or a push service, and you need not watch your mail.'}</p></div></div>`;
}

const wayWords = (ways) => WAYS.filter(([way]) => ways.includes(way)).map(([, words]) => words).join(', ');

function Contact({ contact, kind, onChange, onGone }) {
  const deleting = useSignal(false);
  const test = useTest(() => testChannel(CONTACTS, contact.id));
  const state = stateOf(contact);
  const reason = reasonOf(contact, state);
  const turn = async () => onChange(await setEnabled(CONTACTS, contact, !contact.enabled));
  return html`<li class="contact">
    <${ChannelIcon} kind=${contact.kind} />
    <div class="contact-name"><b class="wrap-anywhere">${contact.name}</b>
      <span class="faint small wrap-anywhere">${[contact.kind_title, targetOf(contact), wayWords(waysOf(contact, kind)) && `for ${wayWords(waysOf(contact, kind))}`].filter(Boolean).join(' · ')}</span>
      <span class=${`contact-state small state-${state}`}><${Mark} status=${state} size="14" /><span><span class="word">${stateWords(state)}</span>${reason && html` <span class="soft">${reason}</span>`}</span></span></div>
    <div class="contact-acts"><${TestButton} test=${test} small words="Test" />
      <${Menu} button=${html`<${Icon} name="more" size="16" />`} label=${`Actions for ${contact.name}`} buttonClass="button button-quiet button-icon button-small">
        <${MenuItem} icon="edit" href=${`/contacts/${contact.id}/edit`}>Edit<//>
        <${MenuItem} icon=${contact.enabled ? 'pause' : 'play'} onPick=${turn}>${contact.enabled ? 'Turn off' : 'Turn on'}<//>
        <${MenuItem} icon="trash" danger onPick=${() => { deleting.value = true; }}>Delete…<//>
      <//></div>
    ${test.id.value && html`<div class="contact-test"><${TestRun} test=${test} /></div>`}
    ${deleting.value && html`<${DeleteChannel} channel=${contact} root=${CONTACTS} onClose=${() => { deleting.value = false; }} onGone=${onGone} />`}
  </li>`;
}
