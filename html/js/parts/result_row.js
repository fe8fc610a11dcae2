/** One result; its evidence is asked for only when the row opens. */
import { html } from '../html.js';
import { micros } from '../format.js';
import { stateWord } from '../model/states.js';
import { Icon } from './icon.js';
import { Mark } from './mark.js';
import { ResultDetails } from './result_details.js';
import { At } from './since.js';
import { Waterfall } from './waterfall.js';

export function ResultRow({ row, scale, monitor, open, onToggle }) {
  const onRow = (event) => { if (!event.target.closest('button, a') && !String(getSelection())) onToggle(); };
  return html`<tbody class=${open ? 'result-open' : ''}>
    <tr class=${`result result-${row.status}`} onClick=${onRow}>
      <td class="result-time"><${At} time=${row.checked_at ?? row.slot} /></td>
      <td class="result-region soft">${row.region}</td>
      <td class="result-words"><div class="result-state"><${Mark} status=${row.status} size="15" /><span><span
        class=${`word state-${row.status}`}>${stateWord(row.status)}</span>
        ${row.http_status ? html` <span class="faint">HTTP ${row.http_status}</span>` : null}
        ${row.text && html`<span class="result-text">${row.text}</span>`}</span></div></td>
      <td class="result-address mono faint" title=${row.address}>${row.address ?? '–'}</td>
      <td class="result-phases"><${Waterfall} row=${row} scale=${scale} kind=${monitor.monitor_type} /></td>
      <td class="result-total num">${micros(row.total)}</td>
      <td class="result-more"><button type="button" class="button button-quiet button-icon button-small"
        aria-expanded=${open ? 'true' : 'false'} aria-label=${open ? 'Hide details' : 'Show details'} onClick=${onToggle}><${Icon} name="chevron" size="16" /></button></td>
    </tr>
    ${open && html`<tr class="details"><td colspan="7"><${ResultDetails} row=${row}
      monitor=${monitor} /></td></tr>`}
  </tbody>`;
}
