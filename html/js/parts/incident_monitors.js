/** The monitors of an incident, each with its own beginning and end; their shape is how they are now. */
import { html } from '../html.js';
import { heardUntil } from '../connection.js';
import { duration, ms } from '../format.js';
import { isEnding } from '../model/incidents.js';
import { stateAt } from '../model/silence.js';
import { stateWord } from '../model/states.js';
import { monitorSignal } from '../store.js';
import { Mark } from './mark.js';
import { At, Since } from './since.js';

export function IncidentMonitors({ incident }) {
  const { monitors } = incident;
  const rest = incident.monitors_count - new Set(monitors.map((one) => one.id)).size;
  if (!monitors.length) return null;
  return html`<section class="panel" aria-label="Monitors">
    <div class="panel-head"><h2>${monitors.length > 1 ? 'Monitors' : 'Monitor'}</h2></div>
    <ul class="part-rows">${monitors.map((one) => html`<${Part} key=${`${one.id} ${one.started_at}`} part=${one} cause=${monitors.length > 1} ending=${isEnding(incident)} />`)}</ul>
    ${rest > 0 && html`<p class="panel-body faint small">And ${rest.toLocaleString()} more.</p>`}
  </section>`;
}

function Part({ part, cause, ending }) {
  const monitor = monitorSignal(part.id)?.value;
  const state = monitor ? stateAt(monitor, heardUntil.value) : part.ended_at || ending ? 'unknown' : 'down';
  const from = ms(part.started_at);
  return html`<li class="part-row">
    <${Mark} status=${state} size="18" label=${monitor ? `${stateWord(state)} now` : undefined} />
    <div class="part-words"><a class="row-link" href=${`/monitors/${part.id}`}>${part.name}</a>
      <span class="row-url">${part.url}</span>${cause && html`<span class="soft small wrap-anywhere">${part.cause}</span>`}</div>
    <div class="incident-when"><span>${part.ended_at ? html`${ending ? '' : 'failed '}for ${duration(ms(part.ended_at) - from)}` : html`${ending ? '' : 'failing '}for <${Since} time=${from} />`}</span>
      <span class="faint small"><${At} time=${from} />${part.ended_at && html` – <${At} time=${part.ended_at} />`}</span></div>
  </li>`;
}
