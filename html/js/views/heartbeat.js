/** /heartbeats/{id} */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { get } from '../api.js';
import { rotateToken, setPaused } from '../heartbeat_actions.js';
import { capital } from '../model/calendar.js';
import { graceWords, scheduleWords, stateAt } from '../model/heartbeats.js';
import { stateWord } from '../model/states.js';
import { go } from '../router.js';
import { fromResource } from '../store.js';
import { useJudged } from '../use_judged.js';
import { useThing } from '../use_resources.js';
import { useTitle } from '../title.js';
import { Confirm } from '../parts/confirm.js';
import { DeleteHeartbeat } from '../parts/delete_heartbeat.js';
import { HeartbeatVerdict } from '../parts/heartbeat_verdict.js';
import { History } from '../parts/history.js';
import { Icon } from '../parts/icon.js';
import { LoadProblem } from '../parts/load_problem.js';
import { MaintenanceBanner } from '../parts/maintenance_banner.js';
import { Menu } from '../parts/menu.js';
import { MenuItem } from '../parts/menu_item.js';
import { MonitorSkeleton } from '../parts/monitor_skeleton.js';
import { PingWays } from '../parts/ping_ways.js';
import { Pings } from '../parts/pings.js';

const WORRIES = ['down', 'late'];

/** Both are read anew whenever an event names the heartbeat, so that they agree. */
async function read(id, count, signal) {
  const [heartbeat, pings] = await Promise.all([
    get(`/heartbeats/${id}`, { signal }), get(`/heartbeats/${id}/pings?per_page=${count}`, { signal }),
  ]);
  return { heartbeat: fromResource(heartbeat.data), pings: pings.data.map(fromResource), more: Boolean(pings.pagination?.next) };
}

const PINGS_FIRST = 50;
const PINGS_MAX = 250;

export function Heartbeat({ id }) {
  const count = useSignal(PINGS_FIRST);
  const load = useThing((signal) => read(id, count.peek(), signal), 'heartbeat', id);
  const { data, problem } = load.value;
  const heartbeat = data?.heartbeat;
  const state = useJudged((at) => heartbeat && stateAt(heartbeat, at), [heartbeat]);
  useTitle(heartbeat && `${WORRIES.includes(state) ? `${stateWord(state)}: ` : ''}${heartbeat.name}`);
  if (problem && !problem.passing) return html`<div class="page"><${LoadProblem} problem=${problem} back=${['/heartbeats', 'To the heartbeats']} /></div>`;
  if (!heartbeat) return problem ? html`<div class="page"><${LoadProblem} problem=${problem} what="The heartbeat" /></div>` : html`<${MonitorSkeleton} />`;
  const put = (fresh) => { if (fresh) load.value = { data: { ...load.peek().data, heartbeat: fresh }, problem: null }; };
  const showMore = () => { count.value = PINGS_MAX; load.again(); };
  return html`<div class="page">
    <${Head} heartbeat=${heartbeat} state=${state} onChange=${put} />
    <div class="stack">
      <${HeartbeatVerdict} heartbeat=${heartbeat} state=${state} />
      ${state === 'maintenance' && html`<${MaintenanceBanner} kind="heartbeat" thing=${heartbeat} />`}
      <${PingWays} heartbeat=${heartbeat} fresh=${!data.pings.length} />
      <${History} thing=${heartbeat} kind="heartbeats" />
      <${Pings} pings=${data.pings} more=${data.more && count.value < PINGS_MAX} onMore=${showMore} />
    </div>
  </div>`;
}

const toList = () => go('/heartbeats', { replace: true });

function Head({ heartbeat, state, onChange }) {
  const asking = useSignal(null);
  const close = () => { asking.value = null; };
  const pause = async () => onChange(await setPaused(heartbeat, !heartbeat.paused));
  const rotate = async () => onChange(await rotateToken(heartbeat));
  return html`<a class="crumb" href="/heartbeats"><${Icon} name="back" size="16" />Heartbeats</a>
    <div class="page-head">
      <div><h1 class="wrap-anywhere">${heartbeat.name}<span class="hidden-text">, ${stateWord(state)}</span></h1>
        <p class="soft address">${capital(scheduleWords(heartbeat))}, ${graceWords(heartbeat)}</p></div>
      <div class="page-actions">
        <button type="button" class="button" onClick=${pause}><${Icon} name=${heartbeat.paused ? 'play' : 'pause'} size="16" />${heartbeat.paused ? 'Resume' : 'Pause'}</button>
        <a class="button" href=${`/heartbeats/${heartbeat.id}/edit`}><${Icon} name="edit" size="16" />Edit</a>
        <${Menu} button=${html`<${Icon} name="more" />`} label="More actions" buttonClass="button button-icon">
          <${MenuItem} icon="key" onPick=${() => { asking.value = 'rotate'; }}>New address…<//>
          <${MenuItem} icon="wrench" href=${`/maintenance/new?heartbeat=${heartbeat.id}`}>Plan maintenance<//>
          <${MenuItem} icon="trash" danger onPick=${() => { asking.value = 'delete'; }}>Delete…<//>
        <//>
      </div>
    </div>
    ${asking.value === 'delete' && html`<${DeleteHeartbeat} heartbeat=${heartbeat} onClose=${close} onGone=${toList} />`}
    ${asking.value === 'rotate' && html`<${Confirm} title="Make a new address?" action="Make a new address" work=${rotate} onClose=${close}>
      <p>The address of now is refused from that moment on: the job has to be told the new one, or it will be missed.</p><//>`}`;
}
