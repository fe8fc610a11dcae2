/** The verdict on one monitor, in the size it deserves, with the facts beside it. */
import { html } from '../html.js';
import { now } from '../clock.js';
import { date, every, plural, span, utc } from '../format.js';
import { endsOf, isSoon, leftWords } from '../model/expiry.js';
import { hasResult } from '../model/silence.js';
import { hasReason, stateWord } from '../model/states.js';
import { NONE_YET, expectation, lastSeen, whyPending } from '../model/words.js';
import { Mark } from './mark.js';
import { MonitorLinks } from './monitor_links.js';
import { Ago, At, Since } from './since.js';

/** status: as it may be shown, which can be "no_data" before the hub says so. */
export function Verdict({ monitor, status }) {
  return html`<section class=${`verdict state-${status}`} aria-label="Verdict">
    <${Mark} status=${status} size="44" />
    <div class="verdict-words">
      <h2 data-testid="verdict">${headline(monitor, status)}</h2>
      <p class="wrap-anywhere">${reason(monitor, status)}</p>
    </div>
    <dl class="facts">
      <div><dt>Checked</dt><dd>${every(monitor.check_frequency)}</dd></div>
      <div><dt>Last checked</dt><dd><${Ago} time=${monitor.last_checked_at} /></dd></div>
      <div><dt>Expects</dt><dd class="wrap-anywhere">${expectation(monitor)}</dd></div>
      <div><dt>From</dt><dd
        class="wrap-anywhere">${monitor.regions ? monitor.regions.join(', ') : 'every region'}</dd></div>
      <${Ends} monitor=${monitor} />
      <${Rules} monitor=${monitor} />
    </dl>
  </section>`;
}

/** When the certificate and the domain end, as seen last. */
function Ends({ monitor }) {
  return endsOf(monitor).map((end) => html`<div key=${end.what}><dt>${end.what === 'domain' ? 'Domain ends' : 'Certificate ends'}</dt><dd title=${utc(end.at)}>${date(end.at)} <span
    class=${isSoon(end, now.value) ? 'word state-degraded' : 'faint'}>${leftWords(end.at, now.value)}</span></dd></div>`);
}

/** What of the rules for its verdict is not as usual. */
function Rules({ monitor }) {
  const { confirmation_period: confirmation, recovery_period: recovery, quorum, depends_on: parents } = monitor;
  return html`
    ${confirmation > 0 && html`<div><dt>Down</dt><dd>after failing for ${span(confirmation)}</dd></div>`}
    ${recovery > 0 && html`<div><dt>Up again</dt><dd>after answering for ${span(recovery)}</dd></div>`}
    ${quorum && html`<div><dt>Must agree</dt><dd>${plural(quorum, 'region')}</dd></div>`}
    ${parents?.length > 0 && html`<div><dt>Depends on</dt><dd class="wrap-anywhere"><${MonitorLinks} ids=${parents} /></dd></div>`}`;
}

function headline(monitor, status) {
  const { status_since: since } = monitor;
  if (status === 'paused') return html`Paused${monitor.paused_at && html` for <${Since} time=${monitor.paused_at} />`}`;
  if (status === 'no_data') return hasResult(monitor) ? html`No data for <${Since} time=${monitor.last_checked_at} />` : NONE_YET;
  if (status === 'pending' || !since) return stateWord(status);
  return html`${stateWord(status)} for <${Since} time=${since} />`;
}

/** What a state means for the reader, after its reason. */
const MEANS = {
  suspect: 'Other regions are asked at once; it counts as down when enough of them agree.',
  recovering: 'It answers again, and counts as up when it has done so for its recovery period.',
  flapping: 'It changes too often to be called up or down: one incident stands for all of it.',
  maintenance: 'It is checked as ever, and no failure opens an incident meanwhile.',
};

function reason(monitor, status) {
  if (status === 'paused') return 'Nothing is checked until it is resumed.';
  if (status === 'no_data') return html`${seen(monitor)} <a href="/settings">Settings</a> shows when the agents of each region last reported.`;
  if (status === 'pending') return sentence(whyPending(monitor));
  const since = monitor.status_since && html`<span class="faint">Since <${At} time=${monitor.status_since} />.</span>`;
  const before = status === 'recovering' && monitor.failure_text && `Before: ${sentence(monitor.failure_text)} `;
  const why = monitor.failure_text && hasReason(status) ? `${sentence(monitor.failure_text)} ` : '';
  const parent = monitor.suppressed_by && html`<span>A failure of <${MonitorLinks} ids=${[monitor.suppressed_by]} />, on which it depends, explains it: it opens no incident of its own. </span>`;
  return html`${why}${parent}${MEANS[status] && `${MEANS[status]} `}${before}${since}`;
}

const sentence = (words) => words.replace(/\.?$/, '.');

/** What was known before the silence. */
function seen(monitor) {
  const words = lastSeen(monitor);
  if (!words || !hasResult(monitor)) return null;
  const head = words[0].toUpperCase() + words.slice(1);
  return html`${head} at <${At} time=${monitor.last_checked_at} />${monitor.failure_text ? html`: ${sentence(monitor.failure_text)}` : '.'}`;
}
