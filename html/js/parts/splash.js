/** Before it is known who is here: the frame of the page, empty; words only if the hub does not answer. */
import { html } from '../html.js';
import { BrandMark, Icon } from './icon.js';

export function Splash({ problem }) {
  return html`
    <header class="header"><div class="header-in"><span class="brand"><${BrandMark} /><span
      class="brand-word">BetterStack</span></span></div></header>
    <main class="page" aria-busy="true">
      ${problem && html`<div class="empty" role="status">
        <${Icon} name="alert" size="28" />
        <h2>The hub does not answer</h2>
        <p>${problem.message} Trying again by itself.</p>
      </div>`}
    </main>`;
}
