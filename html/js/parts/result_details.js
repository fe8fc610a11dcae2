/** What was seen in one probe: phases in full, and for a failure the evidence that was kept. */
import { html } from '../html.js';
import { get } from '../api.js';
import { utc } from '../format.js';
import { useLoad } from '../use_load.js';
import { Attempts } from './attempts.js';
import { Evidence } from './evidence.js';
import { Measured } from './measured.js';
import { Skeleton } from './skeleton.js';
import { PhaseSteps } from './waterfall.js';

async function loadEvidence(monitorId, row, signal) {
  const query = new URLSearchParams({ from: row.slot, to: row.slot + 1, region: row.region, evidence: 'true', limit: 10 });
  const { attributes } = (await get(`/monitors/${monitorId}/ticks?${query}`, { signal })).data;
  const columns = attributes.regions.find((one) => one.region === row.region);
  const at = columns?.slot.indexOf(row.slot) ?? -1;
  const of = (name) => (at < 0 ? null : columns[name]?.[at] ?? null);
  return { evidence: of('evidence'), attempts: of('attempts'), lagged: of('lagged') };
}

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

export function ResultDetails({ row, monitor }) {
  const { data, problem } = useLoad((signal) => loadEvidence(monitor.id, row, signal), [monitor.id, row.region, row.slot]).value;
  const attempts = data?.attempts ?? row.attempts;
  const evidence = data?.evidence;
  const parts = isObject(evidence) ? evidence : {};
  const twice = isObject(parts.first_attempt);
  const told = [...(twice ? ['detail'] : []), ...(row.status === 'down' ? [] : ['phase'])];
  return html`<div class="details-in">
    <dl class="details-facts">
      <div><dt>Slot</dt><dd class="mono">${utc(row.slot)}</dd></div>
      <div><dt>Checked</dt><dd class="mono">${utc(row.checked_at)}</dd></div>
      ${row.reason && html`<div><dt>Reason code</dt><dd class="mono wrap-anywhere">${row.reason}</dd></div>`}
      ${attempts ? html`<div><dt>Attempts</dt><dd>${attempts}</dd></div>` : null}
      ${row.address && html`<div><dt>Address</dt><dd class="mono wrap-anywhere">${row.address}</dd></div>`}
    </dl>
    ${(data?.lagged ?? row.lagged) && html`<p class="details-note small">The agent was late with its own work during this probe: its times may be too long.</p>`}
    ${twice ? html`<${Attempts} row=${row} first=${parts.first_attempt} detail=${parts.detail}
      kind=${monitor.monitor_type} />` : html`<${PhaseSteps} row=${row} kind=${monitor.monitor_type} />`}
    ${isObject(parts.measured) && html`<${Measured} measured=${parts.measured} />`}
    ${evidence && html`<${Evidence} evidence=${evidence} told=${told} />`}
    ${!data && !problem && html`<${Skeleton} width="12rem" />`}
    ${problem && html`<p class="faint small" role="status">${problem.message}</p>`}
  </div>`;
}
