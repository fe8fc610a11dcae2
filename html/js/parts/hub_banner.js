/** While the hub does not answer: what that means for what is on the page, and since when. */
import { html } from '../html.js';
import { asOf, hub } from '../connection.js';
import { utc, when } from '../format.js';
import { Icon } from './icon.js';

const WORDS = {
  unreachable: 'The hub does not answer.',
  failing: 'The hub answers, but without its database.',
};

export function HubBanner() {
  if (hub.value === 'ok') return null;
  return html`<div class="banner-frame"><div class="banner banner-down" role="status">
    <${Icon} name="alert" />
    <p><strong>${WORDS[hub.value]}</strong> What you see is as of <span
      title=${utc(asOf.value)}>${when(asOf.value)}</span>. Trying again by itself.</p>
  </div></div>`;
}
