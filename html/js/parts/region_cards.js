/** What each region saw last. */
import { html } from '../html.js';
import { micros } from '../format.js';
import { hasAnswer } from '../model/answer.js';
import { missingRegionStateAt, regionStateAt } from '../model/silence.js';
import { stateWord } from '../model/states.js';
import { NONE_YET, lastSeen } from '../model/words.js';
import { useJudged } from '../use_judged.js';
import { Mark, StateWord } from './mark.js';
import { Ago, Since } from './since.js';

export function RegionCards({ monitor }) {
  const states = monitor.region_states ?? [];
  const missing = (monitor.regions ?? []).filter((slug) => !states.some((one) => one.region === slug));
  if (!states.length && !missing.length) return null;
  return html`<ul class="regions" aria-label="Regions">
    ${states.map((one) => html`<${Card} key=${one.region} monitor=${monitor} state=${one} />`)}
    ${missing.map((slug) => html`<${MissingCard} key=${slug} monitor=${monitor} slug=${slug} />`)}
  </ul>`;
}

function MissingCard({ monitor, slug }) {
  const status = useJudged((at) => missingRegionStateAt(monitor, at), [monitor]);
  return html`<li class=${`panel region region-${status} state-${status}`}><p class="region-head"><${Mark} status=${status} size="16" /><b>${slug}</b></p>
    <p class="soft small">${status === 'no_data' ? NONE_YET : 'Waiting for the first result'}</p></li>`;
}

function Card({ monitor, state }) {
  const status = useJudged((at) => regionStateAt(monitor, state, at), [monitor, state]);
  return status === 'no_data' ? html`<${SilentCard} state=${state} />` : html`<${SpokenCard} state=${state} />`;
}

function SilentCard({ state }) {
  return html`<li class="panel region region-no_data state-no_data">
    <p class="region-head"><${Mark} status="no_data" size="16" /><b>${state.region}</b><${StateWord} status="no_data" /></p>
    <p class="region-main"><span class="region-reason">No data for <${Since} time=${state.checked_at} />${
      lastSeen(state) && ` — ${lastSeen(state)}`}</span></p>
    ${state.failure_text && html`<p class="region-foot faint">${state.failure_text}</p>`}
  </li>`;
}

function SpokenCard({ state }) {
  const measured = state.status === 'up' || state.status === 'degraded';
  return html`<li class=${`panel region region-${state.status} state-${state.status}`}>
    <p class="region-head"><${Mark} status=${state.status} size="16" /><b>${state.region}</b><${StateWord}
      status=${state.status} /></p>
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
