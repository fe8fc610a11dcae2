/** How one heartbeat stands, in the size it deserves, with what is known of it beside. */
import { html } from '../html.js';
import { now } from '../clock.js';
import { ms, utc } from '../format.js';
import { capital, spanWords } from '../model/calendar.js';
import { dailyWords } from '../model/daily.js';
import { moment, sentence } from '../model/heartbeats.js';
import { stateWord } from '../model/states.js';
import { Mark } from './mark.js';
import { Ago, Since } from './since.js';
import { Told } from './told.js';

const EXPECTING = ['up', 'late', 'down'];

export function HeartbeatVerdict({ heartbeat, state }) {
  const { state_since: since, incident_id: incident } = heartbeat;
  const lasting = since && !['pending', 'late'].includes(state);
  return html`<section class=${`verdict state-${state}`} aria-label="Verdict">
    <${Mark} status=${state} size="44" />
    <div class="verdict-words">
      <h2 data-testid="verdict">${state === 'pending' ? `Waiting for ${heartbeat.last_ping_at ? 'a' : 'the first'} ping` : stateWord(state)}${lasting && html` for <${Since} time=${since} />`}</h2>
      <p><${Told} keys=${[heartbeat, state]} words=${(at) => sentence(heartbeat, state, at)} />${incident && html` <a href=${`/incidents/${incident}`}>Open incident</a>`}</p>
    </div>
    <dl class="facts"><${Facts} heartbeat=${heartbeat} state=${state} /></dl>
  </section>`;
}

function Facts({ heartbeat, state }) {
  const { last_ping_at: last, expected_at: expected, max_runtime: limit } = heartbeat;
  return html`
    <div><dt>Last ping</dt><dd><${Ago} time=${last} /></dd></div>
    ${expected && EXPECTING.includes(state) && html`<div><dt>${ms(expected) > now.value ? 'Next expected' : 'Was expected'}</dt><dd
      title=${utc(expected)}>${capital(moment(heartbeat, expected, now.value))}</dd></div>`}
    ${limit && html`<div><dt>Longest run</dt><dd>${capital(spanWords(limit))}</dd></div>`}
    ${heartbeat.maintenance_from && html`<div><dt>Daily maintenance</dt><dd>${capital(dailyWords(heartbeat))}</dd></div>`}`;
}
