/** What each region saw when it failed. All of it came from agents and targets: it is shown as text. */
import { html } from '../html.js';
import { isEnding } from '../model/incidents.js';
import { Attempts } from './attempts.js';
import { Evidence } from './evidence.js';
import { Icon } from './icon.js';
import { Measured } from './measured.js';
import { At } from './since.js';

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

/** kindOf(monitor id): the kind of check, if it is known. */
export function IncidentEvidence({ incident, kindOf }) {
  const seen = incident.evidence ?? [];
  if (!seen.length || isEnding(incident)) return null;
  const names = new Map(incident.monitors.map((one) => [one.id, one.name]));
  const several = new Set(seen.map((one) => one.monitor_id)).size > 1;
  return html`<section class="panel" aria-label="Evidence">
    <div class="panel-head"><h2>Evidence</h2><span class="soft small">What each region saw when it failed</span></div>
    <div class="witnesses">${seen.map((one, i) => html`<${Witness} key=${`${one.monitor_id} ${one.region}`} seen=${one} first=${i === 0}
      monitor=${several ? names.get(one.monitor_id) : null} kind=${kindOf(one.monitor_id)} />`)}</div>
  </section>`;
}

function Witness({ seen, monitor, kind, first }) {
  const parts = isObject(seen.evidence) ? seen.evidence : {};
  const twice = isObject(parts.first_attempt);
  return html`<details class="advanced witness" open=${first}>
    <summary><${Icon} name="right" /><span class="witness-words"><b>${seen.region}</b> <span class="soft wrap-anywhere">${seen.text ?? seen.reason}</span></span>
      <span class="faint small">${monitor ?? (seen.http_status ? `HTTP ${seen.http_status}` : '')}</span></summary>
    <div class="advanced-in details-in">
      <dl class="details-facts">
        <div><dt>Checked</dt><dd><${At} time=${seen.checked_at} /></dd></div>
        ${seen.reason && html`<div><dt>Reason code</dt><dd class="mono wrap-anywhere">${seen.reason}</dd></div>`}
        ${seen.http_status ? html`<div><dt>Status</dt><dd>HTTP ${seen.http_status}</dd></div>` : null}
        ${seen.address && html`<div><dt>Address</dt><dd class="mono wrap-anywhere">${seen.address}</dd></div>`}
      </dl>
      ${twice && html`<${Attempts} row=${{ address: seen.address, ...secondOf(parts) }} first=${parts.first_attempt} detail=${parts.detail} kind=${kind} />`}
      ${isObject(parts.measured) && html`<${Measured} measured=${parts.measured} />`}
      ${seen.evidence ? html`<${Evidence} evidence=${seen.evidence} told=${twice ? ['detail'] : []} />` : html`<p class="faint small">The agent kept nothing more.</p>`}
    </div>
  </details>`;
}

const secondOf = ({ phases }) => (isObject(phases) ? { status: 'down', ...phases } : {});
