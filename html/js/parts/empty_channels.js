/** Before the first channel: who is told without one, and what can be had; what is missing for that is named. */
import { html } from '../html.js';
import { me } from '../session.js';
import { ChannelIcon } from './channel_icon.js';
import { Icon } from './icon.js';

const SHOWN = ['email', 'slack', 'teams', 'telegram', 'pagerduty', 'ntfy', 'webhook', 'twilio_sms'];

/** kinds: of the hub, undefined until they are known. */
export function EmptyChannels({ kinds }) {
  const mail = kinds?.find(({ id }) => id === 'email');
  const missing = mail?.available === false;
  return html`<div class="panel"><div class="empty">
    <div class="channel-art" aria-hidden="true">${SHOWN.map((kind) => html`<${ChannelIcon} key=${kind} kind=${kind} size="24" />`)}</div>
    <h2>${missing ? 'Nobody can be told yet' : 'Tell your team where it is'}</h2>
    <p>A channel is a place where the team hears of incidents: a chat, a mailing list, an on-call service, a webhook. ${missing ? '' : 'Without one everybody is told by mail.'}</p>
    ${missing && html`<p class="empty-missing"><${Icon} name="alert" size="16" /><span>${mail.problem}, so members cannot be told by mail either.
      ${me.value.administrator ? html` <a href="/settings?part=alerting">Set up the mail server</a>` : ' Ask an administrator to set it up.'}</span></p>`}
    <a class="button button-primary" href="/channels/new"><${Icon} name="plus" />Add channel</a>
  </div></div>`;
}
