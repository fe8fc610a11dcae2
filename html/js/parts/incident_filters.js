/** Which incidents: how far they are, of what kind, of which monitor. */
import { html } from '../html.js';
import { KIND_WORDS, STATE_FILTERS } from '../model/incidents.js';
import { MonitorPicker } from './monitor_picker.js';
import { Segments } from './segments.js';

export function IncidentFilters({ filter, onChange, children }) {
  return html`<div class="toolbar incident-filters">
    <${Segments} label="Which incidents" options=${STATE_FILTERS} value=${filter.state} onPick=${(state) => onChange({ state })} />
    <select class="select" aria-label="Kind" value=${filter.kind} onChange=${(event) => onChange({ kind: event.currentTarget.value })}>
      <option value="" selected=${!filter.kind}>Every kind</option>
      ${Object.entries(KIND_WORDS).map(([kind, words]) => html`<option key=${kind} value=${kind} selected=${filter.kind === kind}>${words}</option>`)}
    </select>
    <${MonitorPicker} label="Monitor" placeholder="Every monitor" max=${1} value=${filter.monitor ? [filter.monitor] : []}
      onChange=${([monitor]) => onChange({ monitor })} />
    ${children}
  </div>`;
}
