/** Says truthfully how fresh the page is. */
import { html } from '../html.js';
import { asOf, linkState } from '../connection.js';
import { utc, when } from '../format.js';

const WORDS = {
  connecting: ['Connecting', 'Opening the event stream'],
  live: ['Live', 'Changes appear as they happen'],
  polling: ['Polling', 'The hub has no event bus right now; asking every 10 seconds'],
  reconnecting: ['Reconnecting', 'The event stream broke; asking every 10 seconds until it is back'],
  failing: ['Hub failing', 'The hub answers, but without its database; trying again by itself'],
  unreachable: ['Hub unreachable', 'Nothing new can be shown; trying again by itself'],
};

export function LinkState() {
  const state = linkState.value;
  const [word, why] = WORDS[state];
  const title = state === 'live' ? why : `${why}. As of ${when(asOf.value)} (${utc(asOf.value)})`;
  return html`<span class="link-state" data-state=${state} title=${title} role="status">
    <svg class="pulse" width="10" height="10" viewBox="0 0 10 10" aria-hidden="true" overflow="visible">
      ${state === 'live' && html`<circle cx="5" cy="5" r="5" fill="currentColor" />`}
      ${shape(state)}
    </svg>${word}</span>`;
}

function shape(state) {
  if (state === 'live') return html`<circle cx="5" cy="5" r="3.5" fill="currentColor" />`;
  if (state === 'unreachable' || state === 'failing') return html`<path d="M5 .5 9.5 5 5 9.5.5 5 5 .5Z"
    fill="currentColor" />`;
  return html`<circle cx="5" cy="5" r="3.6" fill="none" stroke="currentColor" stroke-width="1.6" />`;
}
