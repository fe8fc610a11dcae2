/** One channel in the list: what it is, how it stands in words, and what went through it last. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { CHANNELS, deleteChannel, setEnabled } from '../channel_actions.js';
import { hearsWords, reasonOf, stateWords, targetOf } from '../model/channels.js';
import { ChannelIcon } from './channel_icon.js';
import { Confirm } from './confirm.js';
import { Icon } from './icon.js';
import { Mark } from './mark.js';
import { Menu } from './menu.js';
import { MenuItem } from './menu_item.js';
import { Ago } from './since.js';

export function ChannelRow({ channel, state, onChange, onGone }) {
  const deleting = useSignal(false);
  const { id, name, enabled, health } = channel;
  const place = `/channels/${id}`;
  const reason = reasonOf(channel, state);
  const turn = async () => onChange(await setEnabled(CHANNELS, channel, !enabled));
  return html`<li class=${`row row-channel row-${state} state-${state}`}>
    <${ChannelIcon} kind=${channel.kind} />
    <div class="row-name">
      <a href=${place} class="row-link">${name}</a>
      <span class="row-schedule">${[channel.kind_title, targetOf(channel)].filter((words, i, all) => words && words !== name && all.indexOf(words) === i).join(' · ') || hearsWords(channel)}</span>
    </div>
    <div class="row-state channel-state"><${Mark} status=${state} size="16" /><span><span class="word">${stateWords(state)}</span>
      ${reason && html`<span class="row-reason">${reason}</span>`}</span></div>
    <div class="row-time"><span class="faint small">Last sent</span><${Ago} time=${health?.last_sent_at ?? null} /></div>
    <div class="row-menu"><${Menu} button=${html`<${Icon} name="more" />`} label=${`Actions for ${name}`}>
      <${MenuItem} icon="send" href=${`${place}?test=1`}>Send a test<//>
      <${MenuItem} icon="edit" href=${`${place}/edit`}>Edit<//>
      <${MenuItem} icon=${enabled ? 'pause' : 'play'} onPick=${turn}>${enabled ? 'Turn off' : 'Turn on'}<//>
      <${MenuItem} icon="trash" danger onPick=${() => { deleting.value = true; }}>Delete…<//>
    <//></div>
    ${deleting.value && html`<${DeleteChannel} channel=${channel} root=${CHANNELS} onClose=${() => { deleting.value = false; }} onGone=${onGone} />`}
  </li>`;
}

export function DeleteChannel({ channel, root, onClose, onGone }) {
  const remove = async () => { await deleteChannel(root, channel); onGone(); };
  return html`<${Confirm} title=${`Delete ${channel.name}?`} action=${root === CHANNELS ? 'Delete channel' : 'Delete'} work=${remove} onClose=${onClose}>
    <p>Nothing more is sent to it, also what waits now. Policies that name it pass it over. What was sent stays in the log.</p><//>`;
}
