/** One incident in a list: what is wrong in words, with whom, for how long; and whether somebody has it in hand. */
import { html } from '../html.js';
import { duration, plural } from '../format.js';
import { affected, canAcknowledge, headline, isOpen, kindWord, mayAct, spanOf } from '../model/incidents.js';
import { me } from '../session.js';
import { Mark, StateWord } from './mark.js';
import { At, Since } from './since.js';

/** onAcknowledge: without it there is no button. */
export function IncidentRow({ incident, onAcknowledge, bare }) {
  const offered = onAcknowledge && canAcknowledge(incident) && mayAct(incident, me.value);
  return html`<li class=${`incident-row state-${incident.state}${isOpen(incident) ? ' incident-open' : ''}`}>
    <${Mark} status=${incident.state} size="20" />
    <div class="incident-words">
      <a class="row-link incident-cause" href=${`/incidents/${incident.id}`}>${headline(incident)}</a>
      ${!bare && html`<p class="incident-who"><${Affected} incident=${incident} /></p>`}
    </div>
    <div class="incident-when">
      <span><${StateWord} status=${incident.state} /> <${Lasting} incident=${incident} /></span>
      <span class="faint small"><${At} time=${incident.started_at} /></span>
    </div>
    <div class="incident-act">
      ${offered ? html`<button type="button" class="button button-small" onClick=${() => onAcknowledge(incident)}
        aria-label=${`Acknowledge: ${headline(incident)}`}>Acknowledge</button>`
    : isOpen(incident) && incident.acknowledged_by && html`<span class="faint small wrap-anywhere">by ${incident.acknowledged_by}</span>`}
    </div>
  </li>`;
}

/** "for 3 min 12 s" while it lasts, "after 4 min" when it is over. */
export function Lasting({ incident }) {
  const { from, to } = spanOf(incident);
  return to === null ? html`<span class="soft">for <${Since} time=${from} /></span>` : html`<span class="soft">after ${duration(to - from)}</span>`;
}

function Affected({ incident }) {
  const { links, more, name } = affected(incident);
  const regions = incident.regions ?? [];
  return html`<span class="incident-kind">${kindWord(incident.kind)}</span>
    ${name && html`<span>${name}</span>`}
    ${links.map((one) => html`<a key=${one.href} class="incident-monitor" href=${one.href}>${one.name}</a>`)}
    ${more > 0 && html`<span>and ${plural(more, 'more', 'more')}</span>`}
    ${regions.length > 0 && html`<span class="faint">${regions.length > 3 ? plural(regions.length, 'region') : regions.join(', ')}</span>`}`;
}
