/** The verdict on one monitor, in the size it deserves, with the facts beside it. */
import { html } from '../html.js';
import { every } from '../format.js';
import { expectation, stateWord } from '../model/words.js';
import { Mark } from './mark.js';
import { Ago, At, Since } from './since.js';

export function Verdict({ monitor }) {
  const { status } = monitor;
  return html`<section class=${`verdict verdict-${status}`} aria-label="Verdict">
    <${Mark} status=${status} size="44" />
    <div class="verdict-words">
      <h2 data-testid="verdict">${headline(monitor)}</h2>
      <p class="wrap-anywhere">${reason(monitor)}</p>
    </div>
    <dl class="facts">
      <div><dt>Checked</dt><dd>${every(monitor.check_frequency)}</dd></div>
      <div><dt>Last checked</dt><dd><${Ago} time=${monitor.last_checked_at} /></dd></div>
      <div><dt>Expects</dt><dd class="wrap-anywhere">${expectation(monitor)}</dd></div>
      <div><dt>From</dt><dd
        class="wrap-anywhere">${monitor.regions ? monitor.regions.join(', ') : 'every region'}</dd></div>
    </dl>
  </section>`;
}

function headline(monitor) {
  const { status, status_since: since } = monitor;
  if (status === 'paused') return html`Paused${monitor.paused_at && html` for <${Since} time=${monitor.paused_at} />`}`;
  if (status === 'pending' || !since) return stateWord(status);
  return html`${stateWord(status)} for <${Since} time=${since} />`;
}

function reason(monitor) {
  if (monitor.status === 'paused') return 'Nothing is checked until it is resumed.';
  if (monitor.status === 'pending') return 'Waiting for the first results.';
  const since = monitor.status_since && html`<span class="faint">Since <${At} time=${monitor.status_since} />.</span>`;
  return monitor.failure_text ? html`${monitor.failure_text.replace(/\.?$/, '.')} ${since}` : since;
}
