/** A sign for each kind of channel on a 20 grid, drawn for this page: what it is like, not whose it is. */
import { html } from '../html.js';

const PATHS = {
  email: 'M3 5h14v10H3V5ZM3.4 5.6 10 11l6.6-5.4',
  webhook: 'M10 7a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM5 16.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM15 16.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM9 6.8 6 12.7M11 6.8l3 5.9M7 14.5h6',
  slack: 'M7.8 3.5 6.6 16.5M13.4 3.5l-1.2 13M3.8 7.5h12.8M3.4 12.5h12.8',
  teams: 'M8 8.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM3 16c0-3 2-5 5-5s5 2 5 5M13.3 8.5a2 2 0 1 0 0-4M14.3 11.2c1.7.5 2.7 2 2.7 4.3',
  discord: 'M6.3 6h7.4c2.2 0 3.6 4.5 3.2 7-.4 1.9-2.4 1.6-3.4-.5H6.5c-1 2.1-3 2.4-3.4.5-.4-2.5 1-7 3.2-7ZM7.2 7.9v2.8M5.8 9.3h2.8M12.6 8.6h.01M14.2 10h.01',
  telegram: 'M17 3.5 3 9.2l4.5 1.9L17 3.5ZM7.5 11.1V16l2.7-3.2M17 3.5 14.2 15l-6.7-3.9',
  mattermost: 'M3.5 4.5h13v9h-6L7 16.5v-3H3.5v-9ZM7 9h.01M10 9h.01M13 9h.01',
  google_chat: 'M3 3.5h9.5v7H7l-2.2 2.2v-2.2H3v-7ZM14.5 7.5H17v7h-1.8v2L13 14.5H8.5v-2',
  matrix: 'M6 3.5H3.5v13H6M14 3.5h2.5v13H14M7 13V8.2M7 9.6c.7-1.7 3-1.6 3 .2V13M10 9.8c.7-1.9 3-1.8 3 0V13',
  pagerduty: 'M3 5h14v10H3V5ZM5.7 7.5h8.6V11H5.7V7.5ZM6 13h.01M9 13h3',
  opsgenie: 'M5.5 14V10.7a4.5 4.5 0 0 1 9 0V14M3.5 16.5h13V14h-13v2.5ZM10 2.5V4M3.8 4.5l1.1 1.1M16.2 4.5l-1.1 1.1',
  splunk_on_call: 'M4 11V9.5a6 6 0 0 1 12 0V11M4 10.5h2.3v4H5a1 1 0 0 1-1-1v-3ZM16 10.5h-2.3v4H15a1 1 0 0 0 1-1v-3ZM15.5 14.5c0 1.5-1.5 2.3-4 2.3',
  alertmanager: 'M10.3 2.5c.3 3 4.5 4.9 4.5 9.2a4.8 4.8 0 0 1-9.6 0c0-2 .9-3.3 1.9-4.3.2 1.3.7 2 1.4 2.3 0-2.7.4-5 1.8-7.2Z',
  ntfy: 'M3.5 4h13v9.5H8l-3 3v-3H3.5V4ZM7 6.9l2.2 1.9L7 10.7M10.7 10.7h2.6',
  gotify: 'M5.5 13.3V9a4.5 4.5 0 0 1 9 0v4.3L16 15H4l1.5-1.7ZM8.4 17.3h3.2',
  pushover: 'M6.3 2.5h7.4v15H6.3v-15ZM9.3 15.3h1.4M8.5 8.5 10 7l1.5 1.5M10 7v4.8',
  twilio_sms: 'M3.5 4h13v9.5H10l-3.5 3v-3h-3V4ZM6.5 7.3h7M6.5 10h4.5',
  twilio_voice: 'M5 3.5h2.5L9 7.3 7.3 8.6a8.5 8.5 0 0 0 4.1 4.1L12.7 11l3.8 1.5V15c0 .8-.7 1.5-1.5 1.5C9 16.5 3.5 11 3.5 5c0-.8.7-1.5 1.5-1.5Z',
};
const OTHER = 'M5.500 13.300V9a4.500 4.500 0 0 1 9 0v4.300L16 15H4l1.500-1.700Z';

export function ChannelIcon({ kind, size = 20 }) {
  return html`<span class="channel-icon" aria-hidden="true"><svg width=${size} height=${size} viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.5"
    stroke-linecap="round" stroke-linejoin="round"><path d=${PATHS[kind] ?? OTHER} /></svg></span>`;
}
