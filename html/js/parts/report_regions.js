/** Response times of each monitor in each region; very long lists wait until somebody wants them. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { micros, plural } from '../format.js';
import { regionRows } from '../model/reports.js';

const SHOWN_ROWS_MAX = 100;

export function ReportRegions({ monitors }) {
  const all = useSignal(false);
  const rows = regionRows(monitors);
  if (!rows.length) return null;
  const shown = all.value ? rows : rows.slice(0, SHOWN_ROWS_MAX);
  return html`<section class="report-part"><h2>Response times by region</h2>
    <div class="report-scroll"><table class="report-table"><thead><tr><th scope="col">Monitor</th><th scope="col">Region</th><th scope="col" class="wide">Checks</th><th scope="col" class="wide">Failed</th><th scope="col" class="wide">Mean</th><th scope="col" class="wide">p50</th><th scope="col">p95</th><th scope="col" class="wide">p99</th></tr></thead>
      <tbody>${shown.map((one, i) => html`<tr key=${`${one.id} ${one.region}`}><th scope="row">${shown[i - 1]?.id === one.id ? html`<span class="hidden-text">${one.monitor}</span>` : one.monitor}</th><td>${one.name}</td>
        <td class="wide">${(one.checks ?? 0).toLocaleString()}</td><td class="wide">${(one.failed ?? 0).toLocaleString()}</td><td class="wide">${micros(one.mean)}</td>
        <td class="wide">${micros(one.p50)}</td><td>${micros(one.p95)}</td><td class="wide">${micros(one.p99)}</td></tr>`)}</tbody></table></div>
    ${shown.length < rows.length && html`<p><button type="button" class="button no-print" onClick=${() => { all.value = true; }}>Show all ${plural(rows.length, 'row')}</button></p>`}</section>`;
}
