/** The head of the list: how things stand in one sentence, and the stack of states, each a filter. */
import { html } from '../html.js';
import { STATE_ORDER, healthSentence, stateWord } from '../model/words.js';
import { Mark } from './mark.js';

export function Health({ counts, state, onState }) {
  const tone = counts.down ? 'down' : counts.silent ? 'silent' : counts.degraded ? 'degraded' : counts.pending || !counts.up ? 'calm' : 'up';
  const present = STATE_ORDER.filter((one) => counts[one]);
  return html`<section class=${`health health-${tone}`} aria-label="Health">
    <h1 tabindex="-1">${healthSentence(counts)}</h1>
    ${counts.total > 0 && html`
      <div class="strata" aria-hidden="true">
        ${present.map((one) => html`<span key=${one} class=${`stratum stratum-${one}`}
          style=${{ flexGrow: counts[one] }}></span>`)}
      </div>
      <div class="tallies" role="group" aria-label="Show by state">
        <button type="button" class="tally" aria-pressed=${state ? 'false' : 'true'}
          onClick=${() => onState('')}>All <b>${counts.total.toLocaleString()}</b></button>
        ${present.map((one) => html`<button key=${one} type="button" class="tally"
          aria-pressed=${state === one ? 'true' : 'false'} onClick=${() => onState(state === one ? '' : one)}>
          <${Mark} status=${one} size="15" />${stateWord(one)} <b>${counts[one].toLocaleString()}</b></button>`)}
      </div>`}
  </section>`;
}
