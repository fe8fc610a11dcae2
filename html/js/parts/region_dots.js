/** One mark per region; beyond a few, a count of the rest. */
import { html } from '../html.js';
import { stateWord } from '../model/words.js';
import { Dot } from './mark.js';

const DOTS_MAX = 8;

export function RegionDots({ states }) {
  const shown = (states ?? []).slice(0, DOTS_MAX);
  const rest = (states?.length ?? 0) - shown.length;
  return html`<span class="dots">
    ${shown.map((one) => html`<${Dot} key=${one.region} status=${one.status}
      title=${`${one.region}: ${stateWord(one.status)}`} />`)}
    ${rest > 0 && html`<span class="dots-more">+${rest}</span>`}
  </span>`;
}
