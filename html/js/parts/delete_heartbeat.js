/** The question before a heartbeat goes. */
import { html } from '../html.js';
import { deleteHeartbeat } from '../heartbeat_actions.js';
import { Confirm } from './confirm.js';

export function DeleteHeartbeat({ heartbeat, onClose, onGone }) {
  const work = async () => {
    await deleteHeartbeat(heartbeat);
    onGone?.();
  };
  return html`<${Confirm} title=${`Delete ${heartbeat.name}?`} action="Delete heartbeat" work=${work} onClose=${onClose}>
    <p>Its address is refused from that moment on, and its pings are removed. This cannot be undone.</p>
  <//>`;
}
