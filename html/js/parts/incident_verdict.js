/** An incident in the size it deserves: how far it is, why, and the facts beside it. */
import { html } from '../html.js';
import { date, utc } from '../format.js';
import { kindWord } from '../model/incidents.js';
import { Lasting } from './incident_row.js';
import { Mark, StateWord } from './mark.js';
import { At } from './since.js';

export function IncidentVerdict({ incident }) {
  const { state, regions } = incident;
  const ends = incident.domain_expires_at ?? incident.ssl_certificate_expires_at;
  return html`<section class=${`verdict state-${state}`} aria-label="Incident">
    <${Mark} status=${state} size="44" />
    <div class="verdict-words">
      <h2 data-testid="incident-state"><${StateWord} status=${state} /> <${Lasting} incident=${incident} /></h2>
      ${incident.cause !== incident.name && html`<p class="verdict-cause wrap-anywhere">${incident.cause}</p>`}
      ${incident.description && html`<p class="incident-description">${incident.description}</p>`}
      ${state === 'unconfirmed' && html`<p>Nobody is told before it is confirmed.</p>`}
      ${incident.heartbeat_id && html`<p><a href=${`/heartbeats/${incident.heartbeat_id}`}>To the heartbeat</a></p>`}
      ${incident.slo_id && html`<p><a href=${`/slos/${incident.slo_id}`}>To the service level</a></p>`}
      ${incident.kind.startsWith('region_') && html`<p><a href="/settings">Settings</a> shows the agents of each region.</p>`}
    </div>
    <dl class="facts">
      <div><dt>Kind</dt><dd>${kindWord(incident.kind)}</dd></div>
      <div><dt>Started</dt><dd><${At} time=${incident.started_at} /></dd></div>
      ${regions?.length > 0 && html`<div><dt>Seen from</dt><dd class="wrap-anywhere">${regions.join(', ')}</dd></div>`}
      ${ends && html`<div><dt>${incident.domain_expires_at ? 'Domain ends' : 'Certificate ends'}</dt><dd title=${utc(ends)}>${date(ends)}</dd></div>`}
      ${incident.acknowledged_at && html`<div><dt>Acknowledged</dt><dd class="wrap-anywhere"><${At} time=${incident.acknowledged_at} />${by(incident.acknowledged_by)}</dd></div>`}
      ${incident.resolved_at && html`<div><dt>Resolved</dt><dd class="wrap-anywhere"><${At} time=${incident.resolved_at} />${incident.resolved_by ? by(incident.resolved_by) : ', by itself'}</dd></div>`}
    </dl>
  </section>`;
}

const by = (who) => (who ? ` by ${who}` : '');
