/** One mark per region; beyond a few, a count of the rest. */
import { html } from '../html.js';
import { regionStateAt } from '../model/silence.js';
import { stateWord } from '../model/states.js';
import { lastSeen } from '../model/words.js';
import { useJudged } from '../use_judged.js';
import { Dot } from './mark.js';

const DOTS_MAX = 8;

export function RegionDots({ monitor }) {
  const states = monitor.region_states;
  const shown = (states ?? []).slice(0, DOTS_MAX);
  const rest = (states?.length ?? 0) - shown.length;
  return html`<span class="dots">
    ${shown.map((one) => html`<${RegionDot} key=${one.region} monitor=${monitor} state=${one} />`)}
    ${rest > 0 && html`<span class="dots-more">+${rest}</span>`}
  </span>`;
}

function RegionDot({ monitor, state }) {
  const status = useJudged((at) => regionStateAt(monitor, state, at), [monitor, state]);
  const words = status === 'no_data' ? `no data, ${lastSeen(state)}` : stateWord(status);
  return html`<${Dot} status=${status} title=${`${state.region}: ${words}`} />`;
}
