/** One heartbeat in the list. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { setPaused } from '../heartbeat_actions.js';
import { capital } from '../model/calendar.js';
import { graceWords, scheduleWords, sentence, stateAt } from '../model/heartbeats.js';
import { useJudged } from '../use_judged.js';
import { DeleteHeartbeat } from './delete_heartbeat.js';
import { Icon } from './icon.js';
import { Mark, StateWord } from './mark.js';
import { Menu } from './menu.js';
import { MenuItem } from './menu_item.js';
import { Ago, Since } from './since.js';
import { Told } from './told.js';

export function HeartbeatRow({ heartbeat, onChange, onGone }) {
  const deleting = useSignal(false);
  const state = useJudged((at) => stateAt(heartbeat, at), [heartbeat]);
  const { id, name, state_since: since, last_ping_at: last } = heartbeat;
  const pause = async () => onChange(await setPaused(heartbeat, !heartbeat.paused));
  return html`<li class=${`row row-time-only row-${state} state-${state}`}>
    <${Mark} status=${state} size="20" />
    <div class="row-name">
      <a href=${`/heartbeats/${id}`} class="row-link">${name}</a>
      <span class="row-schedule">${capital(scheduleWords(heartbeat))}, ${graceWords(heartbeat)}</span>
    </div>
    <div class="row-state"><${StateWord} status=${state} />${since && state !== 'pending' && state !== 'late' && html`<span class="row-since"> for <${Since}
      time=${since} /></span>`}<span class="row-reason"><${Told} keys=${[heartbeat, state]} words=${(now) => sentence(heartbeat, state, now)} /></span></div>
    <div class="row-time">
      <span>${last ? html`<${Ago} time=${last} />` : '–'}</span>
      <span class="faint small">last ping</span>
    </div>
    <div class="row-menu"><${Menu} button=${html`<${Icon} name="more" />`} label=${`Actions for ${name}`}>
      <${MenuItem} icon=${heartbeat.paused ? 'play' : 'pause'} onPick=${pause}>${heartbeat.paused ? 'Resume' : 'Pause'}<//>
      <${MenuItem} icon="edit" href=${`/heartbeats/${id}/edit`}>Edit<//>
      <${MenuItem} icon="trash" danger onPick=${() => { deleting.value = true; }}>Delete…<//>
    <//></div>
    ${deleting.value && html`<${DeleteHeartbeat} heartbeat=${heartbeat} onClose=${() => { deleting.value = false; }} onGone=${onGone} />`}
  </li>`;
}
