/** The head of the list: how things stand in one sentence, and the stack of states, each a filter. */
import { html } from '../html.js';
import { STATE_ORDER, stateWord } from '../model/states.js';
import { healthSentence } from '../model/words.js';
import { Icon } from './icon.js';
import { Mark } from './mark.js';

/** The sentence has the colour of what is worst, if that is anything to worry about. */
const WORRIES = ['down', 'flapping', 'suspect', 'no_data', 'late', 'degraded'];
const toneOf = (worst) => (WORRIES.includes(worst) ? `state-${worst}` : '');

/** Of monitors, unless another sentence and order are given. more: other ways to pick, [[key, words, count]]. */
export function Health({ counts, state, onState, sentence = healthSentence(counts), order = STATE_ORDER, more = [] }) {
  const present = order.filter((one) => counts[one]);
  return html`<section class=${`health ${toneOf(present[0])}`} aria-label="Health">
    <h1 tabindex="-1">${sentence}</h1>
    ${counts.total > 0 && html`
      <div class="strata" aria-hidden="true">
        ${present.map((one) => html`<span key=${one} class=${`stratum state-${one}`}
          style=${{ flexGrow: counts[one] }}></span>`)}
      </div>
      <div class="tallies" role="group" aria-label="Show by state">
        <button type="button" class="tally" aria-pressed=${state ? 'false' : 'true'}
          onClick=${() => onState('')}>All <b>${counts.total.toLocaleString()}</b></button>
        ${present.map((one) => html`<button key=${one} type="button" class="tally"
          aria-pressed=${state === one ? 'true' : 'false'} onClick=${() => onState(state === one ? '' : one)}>
          <${Mark} status=${one} size="15" />${stateWord(one)} <b>${counts[one].toLocaleString()}</b></button>`)}
        ${more.filter(([, , count]) => count).map(([key, words, count]) => html`<button key=${key} type="button" class="tally"
          aria-pressed=${state === key ? 'true' : 'false'} onClick=${() => onState(state === key ? '' : key)}><${Icon}
          name="calendar" size="15" />${words} <b>${count.toLocaleString()}</b></button>`)}
      </div>`}
  </section>`;
}
