/** The question before an SLO goes. */
import { html } from '../html.js';
import { deleteSlo } from '../slo_actions.js';
import { Confirm } from './confirm.js';

export function DeleteSlo({ slo, onClose, onGone }) {
  const work = async () => {
    await deleteSlo(slo);
    onGone?.();
  };
  return html`<${Confirm} title=${`Delete ${slo.name}?`} action="Delete SLO" work=${work} onClose=${onClose}>
    <p>${slo.incident_id ? 'Its open incident ends. ' : ''}The monitors and their past stay. This cannot be undone.</p>
  <//>`;
}
