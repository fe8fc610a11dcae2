/** What only this kind of check measures: packets, answers of a name server, and the like. */
import { html } from '../html.js';
import { measuredLines } from '../model/measured.js';

export function Measured({ measured }) {
  return html`<dl class="details-facts measured">${measuredLines(measured).map(([name, value]) => html`<div key=${name}>
    <dt>${name}</dt><dd class="wrap-anywhere">${value}</dd></div>`)}</dl>`;
}
