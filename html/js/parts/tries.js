/** Each try to send one message, newest last: who tried it, and what the other side answered, in its own words. */
import { html } from '../html.js';
import { OUTCOME_MARKS, answerWords } from '../model/deliveries.js';
import { Mark } from './mark.js';
import { At } from './since.js';

/** kind: of the channel. */
export function Tries({ tries, kind }) {
  if (!tries.length) return html`<p class="faint small">Not tried yet: an agent takes it within seconds.</p>`;
  return html`<ol class="timeline tries">${tries.map((one) => html`<li key=${one.attempt} class=${`moment state-${OUTCOME_MARKS[one.outcome] ?? 'running'}`}>
    <span class="moment-sign"><${Mark} status=${OUTCOME_MARKS[one.outcome] ?? 'running'} size="18" /></span>
    <div class="moment-in">
      <p class="moment-head"><span class="word">${answerWords(one, kind)}</span><span class="faint small"><${At} time=${one.at} /></span></p>
      <p class="faint small wrap-anywhere">${`By ${one.agent}${one.region ? `, region ${one.region}` : ''}`}</p>
      ${one.detail && html`<pre class="try-answer" tabindex="0" aria-label=${`Answer to try ${one.attempt}`}>${one.detail}</pre>`}
    </div>
  </li>`)}</ol>`;
}
