/** The verdict on one monitor, in the size it deserves, with the facts beside it. */
import { html } from '../html.js';
import { now } from '../clock.js';
import { date, every, ms, plural, utc } from '../format.js';
import { endOf } from '../model/expiry.js';
import { hasResult } from '../model/silence.js';
import { NONE_YET, expectation, lastSeen, stateWord, whyPending } from '../model/words.js';
import { Mark } from './mark.js';
import { Ago, At, Since } from './since.js';

const DAY_MS = 86_400_000;
const SOON_DAYS = 14;

/** status: as it may be shown, which can be "silent". */
export function Verdict({ monitor, status }) {
  return html`<section class=${`verdict verdict-${status}`} aria-label="Verdict">
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
    </dl>
  </section>`;
}

/** When the certificate or the domain ends, as seen last. */
function Ends({ monitor }) {
  const time = endOf(monitor);
  if (!time) return null;
  const days = Math.floor((ms(time) - now.value) / DAY_MS);
  return html`<div><dt>${monitor.monitor_type === 'domain' ? 'Domain ends' : 'Certificate ends'}</dt><dd title=${utc(time)}>${date(time)}<span
    class=${days < SOON_DAYS ? 'word-degraded' : 'faint'}> ${days < 0 ? 'ended' : `in ${plural(days, 'day')}`}</span></dd></div>`;
}

function headline(monitor, status) {
  const { status_since: since } = monitor;
  if (status === 'paused') return html`Paused${monitor.paused_at && html` for <${Since} time=${monitor.paused_at} />`}`;
  if (status === 'silent') return hasResult(monitor) ? html`No results for <${Since} time=${monitor.last_checked_at} />` : NONE_YET;
  if (status === 'pending' || !since) return stateWord(status);
  return html`${stateWord(status)} for <${Since} time=${since} />`;
}

function reason(monitor, status) {
  if (status === 'paused') return 'Nothing is checked until it is resumed.';
  if (status === 'silent') return html`${seen(monitor)} <a href="/settings">Settings</a> shows when the agents of each region last reported.`;
  if (status === 'pending') return sentence(whyPending(monitor));
  const since = monitor.status_since && html`<span class="faint">Since <${At} time=${monitor.status_since} />.</span>`;
  return monitor.failure_text ? html`${sentence(monitor.failure_text)} ${since}` : since;
}

const sentence = (words) => words.replace(/\.?$/, '.');

/** What was known before the silence. */
function seen(monitor) {
  const words = lastSeen(monitor);
  if (!words || !hasResult(monitor)) return null;
  const head = words[0].toUpperCase() + words.slice(1);
  return html`${head} at <${At} time=${monitor.last_checked_at} />${monitor.failure_text ? html`: ${sentence(monitor.failure_text)}` : '.'}`;
}
