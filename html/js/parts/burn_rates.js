/** How fast the error budget was used lately, over seven windows; 1 is just what the target allows. */
import { html } from '../html.js';
import { burning, rateShare, rateWords, ratesOf, ratesSentence } from '../model/slos.js';

const ONE = rateShare(1);

export function BurnRates({ slo }) {
  return html`<section class="panel" aria-label="Burn rate">
    <div class="panel-head"><h2>Burn rate</h2></div>
    <div class="panel-body">
      ${!(slo.state === 'at_risk' && burning(slo)) && html`<p class="soft rates-words">${ratesSentence(slo)}</p>`}
      <ul class="rates" style=${{ '--one': ONE }}>${ratesOf(slo).map(({ name, words, rate, level }) => html`<li key=${name} class=${`rate rate-${level}`}>
        <span class="rate-name">Last ${words}</span>
        <span class="rate-bar" aria-hidden="true"><span style=${{ '--share': rateShare(rate ?? 0) }}></span></span>
        <b>${rateWords(rate)}</b><span class="hidden-text">${level === 'none' ? 'nothing measured' : 'times what the target allows'}</span></li>`)}</ul>
      <p class="faint small rates-note">1× uses up the error budget just at the end of its window; the mark in each bar stands there. ${slo.burn_alerts
    ? 'You are told at once at 14.4× over an hour or 6× over six, and without alarm at 3× over a day or 1× over three.' : 'Alerts of this SLO are off.'}</p>
    </div>
  </section>`;
}
