/** The question before a scheduled report goes. */
import { html } from '../html.js';
import { deleteReport } from '../report_actions.js';
import { Confirm } from './confirm.js';

export function DeleteReport({ report, onClose, onGone }) {
  const work = async () => {
    await deleteReport(report);
    onGone?.();
  };
  return html`<${Confirm} title=${`Delete ${report.name}?`} action="Delete report" work=${work} onClose=${onClose}>
    <p>It is not made any more, and all that was made of it goes, too: links in mails that were sent lead nowhere then.</p>
  <//>`;
}
