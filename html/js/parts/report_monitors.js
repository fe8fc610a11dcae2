/** The monitors of a report, the worst first. */
import { html } from '../html.js';
import { micros } from '../format.js';
import { lengthWords, levelOf, percentWords } from '../model/availability.js';

export const ReportMonitors = ({ monitors }) => monitors.length > 0 && html`<section class="report-part"><h2>Monitors</h2>
  <div class="report-scroll"><table class="report-table"><thead><tr><th scope="col">Monitor</th><th scope="col">Availability</th><th scope="col" class="wide">Before</th><th scope="col">Down time</th><th scope="col" class="wide">Incidents</th>
      <th scope="col" class="wide">Mean</th><th scope="col" class="wide">p50</th><th scope="col">p95</th><th scope="col" class="wide">p99</th></tr></thead>
    <tbody>${monitors.map((one) => html`<${Row} key=${one.id} one=${one} />`)}</tbody></table></div>
  <p class="faint small">Response times: the mean, and within which time 50, 95 and 99 of 100 checks had their answer (p50, p95, p99).</p>
</section>`;

function Row({ one }) {
  const { response } = one;
  return html`<tr><th scope="row"><a href=${`/monitors/${one.id}`}>${one.name}</a><span class="report-url">${one.url}</span></th>
    <td><span class=${`level level-${levelOf(one.availability)}`}></span><b>${percentWords(one.availability)}</b></td>
    <td class="wide soft">${percentWords(one.previous_availability)}</td>
    <td>${one.availability === null ? '–' : lengthWords(one.downtime)}</td><td class="wide">${(one.incidents ?? 0).toLocaleString()}</td>
    <td class="wide">${micros(response?.mean)}</td><td class="wide">${micros(response?.p50)}</td><td>${micros(response?.p95)}</td><td class="wide">${micros(response?.p99)}</td></tr>`;
}
