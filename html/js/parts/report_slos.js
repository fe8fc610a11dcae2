/** Service levels in the time of a report: what was wanted, and what it was. */
import { html } from '../html.js';
import { lengthWords, percentWords } from '../model/availability.js';

const WORDS = { true: 'Met', false: 'Missed' };

export const ReportSlos = ({ slos = [] }) => slos.length > 0 && html`<section class="report-part"><h2>Service levels</h2>
  <div class="report-scroll"><table class="report-table"><thead><tr><th scope="col">Name</th><th scope="col">Target</th><th scope="col">Availability</th><th scope="col" class="wide">Down time</th><th scope="col">In this time</th></tr></thead>
    <tbody>${slos.map((one) => html`<tr key=${one.id}><th scope="row"><a href=${`/slos/${one.id}`}>${one.name}</a></th><td>${percentWords(one.target)}</td><td><b>${percentWords(one.availability)}</b></td>
      <td class="wide">${lengthWords(one.downtime)}</td><td class=${one.met === false ? 'report-failed' : ''}>${WORDS[one.met] ?? 'No data'}</td></tr>`)}</tbody></table></div></section>`;
