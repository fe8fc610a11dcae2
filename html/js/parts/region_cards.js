/** What each region saw last. */
import { html } from '../html.js';
import { micros } from '../format.js';
import { hasAnswer } from '../model/answer.js';
import { stateWord } from '../model/words.js';
import { Mark } from './mark.js';
import { Ago } from './since.js';

export function RegionCards({ monitor }) {
  const states = monitor.region_states ?? [];
  const silent = (monitor.regions ?? []).filter((slug) => !states.some((one) => one.region === slug));
  if (!states.length && !silent.length) return null;
  return html`<ul class="regions" aria-label="Regions">
    ${states.map((one) => html`<${Card} key=${one.region} state=${one} />`)}
    ${silent.map((slug) => html`<li class="panel region" key=${slug}><p class="region-head"><${Mark} status="pending"
      size="16" /><b>${slug}</b></p><p class="faint small">No result yet</p></li>`)}
  </ul>`;
}

function Card({ state }) {
  const measured = state.status === 'up' || state.status === 'degraded';
  return html`<li class=${`panel region region-${state.status}`}>
    <p class="region-head"><${Mark} status=${state.status} size="16" /><b>${state.region}</b><span
      class=${`word-${state.status}`}>${stateWord(state.status)}</span></p>
    <p class="region-main">${measured ? micros(state.response_time) : html`<span
      class="region-reason">${state.failure_text ?? stateWord(state.status)}</span>`}</p>
    <p class="region-foot faint">
      ${!measured && hasAnswer(state.status, state.failure_reason) && html`<span>${micros(state.response_time)}</span>`}
      ${state.http_status ? html`<span>HTTP ${state.http_status}</span>` : null}
      ${state.address && html`<span class="mono wrap-anywhere">${state.address}</span>`}
      <span><${Ago} time=${state.checked_at} /></span>
    </p>
  </li>`;
}
