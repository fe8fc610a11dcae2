/** The question before a monitor goes. */
import { html } from '../html.js';
import { deleteMonitor } from '../monitor_actions.js';
import { Confirm } from './confirm.js';

export function DeleteMonitor({ monitor, onClose, onGone }) {
  const work = async () => {
    await deleteMonitor(monitor);
    onGone?.();
  };
  return html`<${Confirm} title=${`Delete ${monitor.pronounceable_name}?`} action="Delete monitor" work=${work}
    onClose=${onClose}>
    <p>It is no longer watched, and all its results are removed. This cannot be undone.</p>
  <//>`;
}
