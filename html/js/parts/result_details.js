/** What was seen in one probe: phases in full, and for a failure the evidence that was kept. */
import { html } from '../html.js';
import { get } from '../api.js';
import { utc } from '../format.js';
import { useLoad } from '../use_load.js';
import { Evidence } from './evidence.js';
import { Skeleton } from './skeleton.js';
import { PhaseSteps } from './waterfall.js';

async function loadEvidence(monitorId, row, signal) {
  const query = new URLSearchParams({ from: row.slot, to: row.slot + 1, region: row.region, evidence: 'true', limit: 10 });
  const { attributes } = (await get(`/monitors/${monitorId}/ticks?${query}`, { signal })).data;
  const columns = attributes.regions.find((one) => one.region === row.region);
  const at = columns?.slot.indexOf(row.slot) ?? -1;
  return at < 0 ? { evidence: null, attempts: null } : { evidence: columns.evidence?.[at] ?? null, attempts: columns.attempts?.[at] ?? null };
}

export function ResultDetails({ row, monitorId }) {
  const { data, problem } = useLoad((signal) => loadEvidence(monitorId, row, signal), [monitorId, row.region, row.slot]).value;
  const attempts = data?.attempts ?? row.attempts;
  return html`<div class="details-in">
    <dl class="details-facts">
      <div><dt>Slot</dt><dd class="mono">${utc(row.slot)}</dd></div>
      <div><dt>Checked</dt><dd class="mono">${utc(row.checked_at)}</dd></div>
      ${row.reason && html`<div><dt>Reason code</dt><dd class="mono wrap-anywhere">${row.reason}</dd></div>`}
      ${attempts ? html`<div><dt>Attempts</dt><dd>${attempts}</dd></div>` : null}
      ${row.address && html`<div><dt>Address</dt><dd class="mono wrap-anywhere">${row.address}</dd></div>`}
    </dl>
    <${PhaseSteps} row=${row} />
    ${data?.evidence && html`<${Evidence} evidence=${data.evidence} />`}
    ${!data && !problem && html`<${Skeleton} width="12rem" />`}
    ${problem && html`<p class="faint small" role="status">${problem.message}</p>`}
  </div>`;
}
