/** What happened in the time of a report: the longest incidents, in the order in which they began. */
import { html } from '../html.js';
import { duration, ms, plural, utc } from '../format.js';
import { acknowledgedAfter } from '../model/reports.js';

const clockOf = (zone) => new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone });

export function ReportIncidents({ incidents, count, timezone }) {
  const clock = clockOf(timezone);
  if (!incidents.length) return html`<section class="report-part"><h2>Incidents</h2><p class="soft">There were none.</p></section>`;
  return html`<section class="report-part"><h2>Incidents</h2>
    ${count > incidents.length && html`<p class="faint small">The ${incidents.length} longest of ${plural(count, 'incident')}.</p>`}
    <div class="report-scroll"><table class="report-table report-incidents"><thead><tr><th scope="col">What happened</th><th scope="col">Began</th><th scope="col">Lasted</th><th scope="col" class="wide">Acknowledged after</th></tr></thead>
      <tbody>${incidents.map((one) => html`<${Row} key=${one.id} one=${one} clock=${clock} />`)}</tbody></table></div></section>`;
}

function Row({ one, clock }) {
  const waited = acknowledgedAfter(one);
  const more = (one.monitors_count ?? 1) - 1;
  return html`<tr><th scope="row"><a href=${`/incidents/${one.id}`}>${one.name}${more > 0 ? ` and ${more} more` : ''}</a><span class="report-cause">${one.cause}</span></th>
    <td title=${utc(one.started_at)}>${clock.format(ms(one.started_at))}</td><td>${duration(one.duration * 1000)}${one.ended_at ? '' : html`<span class="faint small"> not over</span>`}</td>
    <td class="wide">${waited === null ? 'nobody did' : `${duration(waited * 1000)}${one.acknowledged_by ? `, ${one.acknowledged_by}` : ''}`}</td></tr>`;
}
