/** Response times of each monitor in each region; long lists are folded until somebody wants them. */
import { html } from '../html.js';
import { micros } from '../format.js';
import { regionRows } from '../model/reports.js';

const OPEN_ROWS_MAX = 40;

export function ReportRegions({ monitors }) {
  const rows = regionRows(monitors);
  if (!rows.length) return null;
  return html`<section class="report-part"><details open=${rows.length <= OPEN_ROWS_MAX}><summary><h2>Response times by region</h2></summary>
    <div class="report-scroll"><table class="report-table"><thead><tr><th>Monitor</th><th>Region</th><th class="wide">Checks</th><th class="wide">Failed</th><th class="wide">Mean</th><th class="wide">50 %</th><th>95 %</th><th class="wide">99 %</th></tr></thead>
      <tbody>${rows.map((one, i) => html`<tr key=${`${one.id} ${one.region}`}><th scope="row">${rows[i - 1]?.id === one.id ? html`<span class="hidden-text">${one.monitor}</span>` : one.monitor}</th><td>${one.name}</td>
        <td class="wide">${(one.checks ?? 0).toLocaleString()}</td><td class="wide">${(one.failed ?? 0).toLocaleString()}</td><td class="wide">${micros(one.mean)}</td>
        <td class="wide">${micros(one.p50)}</td><td>${micros(one.p95)}</td><td class="wide">${micros(one.p99)}</td></tr>`)}</tbody></table></div></details></section>`;
}
