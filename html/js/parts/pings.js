/** What has come to a heartbeat, newest first; the output of a job as text, in a fold. */
import { html } from '../html.js';
import { pingWords, tookWords } from '../model/heartbeats.js';
import { Icon } from './icon.js';
import { Dot, Mark } from './mark.js';
import { Ago, At } from './since.js';

const STRIP = 40;

export function Pings({ pings, more, onMore }) {
  return html`<section class="panel" aria-label="Pings">
    <div class="panel-head"><h2>Pings</h2>${pings.length > 1 && html`<${Strip} pings=${pings} />`}</div>
    ${pings.length ? html`<ul class="pings">${pings.map((one) => html`<${Ping} key=${one.id} ping=${one} />`)}</ul>
      ${more && html`<p class="more"><button type="button" class="button" onClick=${onMore}>Show more</button></p>`}`
      : html`<p class="panel-body faint small">None yet. The first one appears here as it comes.</p>`}
  </section>`;
}

/** The last of them, oldest first, as a row of shapes. */
function Strip({ pings }) {
  const shown = pings.slice(0, STRIP).reverse();
  return html`<span class="ping-strip" role="img" aria-label=${`The last ${shown.length} pings: ${shown.filter(failed).length} failed`}>
    ${shown.map((one) => html`<${Dot} key=${one.id} status=${pingWords(one)[0]} title=${pingWords(one)[1]} />`)}</span>`;
}

const failed = (ping) => pingWords(ping)[0] === 'down';

function Ping({ ping }) {
  const [state, words] = pingWords(ping);
  const { at, output, address, duration_ms: took } = ping;
  return html`<li class=${`ping state-${state}`}>
    <div class="ping-line">
      <${Mark} status=${state} size="16" />
      <span class="word">${words}</span>
      <span class="ping-took soft">${took === null || took === undefined ? '' : `after ${tookWords(took)}`}</span>
      <span class="ping-from mono faint">${address ?? ''}</span>
      <span class="ping-at"><${At} time=${at} /> <span class="faint"><${Ago} time=${at} /></span></span>
    </div>
    ${output && html`<details class="ping-output"><summary><${Icon} name="right" size="14" />Output</summary><pre class="evidence-text" tabindex="0">${output}</pre></details>`}
  </li>`;
}
