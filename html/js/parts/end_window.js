/** The question before a window that is open is ended. */
import { html } from '../html.js';
import { endWindow } from '../window_actions.js';
import { Confirm } from './confirm.js';

export function EndWindow({ one, onClose, onChange }) {
  const work = async () => {
    const fresh = await endWindow(one);
    onChange?.(fresh);
  };
  return html`<${Confirm} title=${`End ${one.name} now?`} action="End now" work=${work} onClose=${onClose}>
    <p>What it covers is judged again at once: whatever is down opens an incident.${one.recurrence ? ' It opens again at its next time.' : ''}</p>
  <//>`;
}
