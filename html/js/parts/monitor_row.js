/** One monitor in the list. It reads its own signal, so a live event redraws this row only. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { now } from '../clock.js';
import { monitorSignal } from '../store.js';
import { setPaused } from '../monitor_actions.js';
import { every, micros } from '../format.js';
import { endingWords } from '../model/expiry.js';
import { HTTP, kindWords } from '../model/kinds.js';
import { lastResponse } from '../model/listing.js';
import { hasResult, stateAt } from '../model/silence.js';
import { hasReason } from '../model/states.js';
import { NONE_YET, lastSeen, whyPending } from '../model/words.js';
import { useJudged } from '../use_judged.js';
import { DeleteMonitor } from './delete_monitor.js';
import { Icon } from './icon.js';
import { Mark, StateWord } from './mark.js';
import { Menu } from './menu.js';
import { MenuItem } from './menu_item.js';
import { RegionDots } from './region_dots.js';
import { Since } from './since.js';

/** Bars: its last 24 hours, once the code for them has come. */
export function MonitorRow({ id, Bars }) {
  const monitor = monitorSignal(id)?.value;
  const deleting = useSignal(false);
  const status = useJudged((at) => monitor && stateAt(monitor, at), [monitor]);
  if (!monitor) return null;
  return html`<li class=${`row row-${status} state-${status}`}>
    <${Mark} status=${status} size="20" />
    <div class="row-name">
      <a href=${`/monitors/${id}`} class="row-link">${monitor.pronounceable_name}</a>
      <span class="row-url">${HTTP.includes(monitor.monitor_type) ? '' : html`<span
        class="row-kind">${kindWords(monitor.monitor_type).title}</span> `}${monitor.url}${monitor.port ? `:${monitor.port}` : ''}</span>
    </div>
    <div class="row-state"><${State} monitor=${monitor} status=${status} /></div>
    <div class="row-bars">${Bars && html`<${Bars} id=${id} status=${status} />`}</div>
    <div class="row-dots">${status !== 'paused' && html`<${RegionDots} monitor=${monitor} />`}</div>
    <div class="row-time">
      <span>${status === 'paused' || status === 'no_data' ? '' : micros(lastResponse(monitor))}</span>
      <span class="faint small">${every(monitor.check_frequency)}</span>
    </div>
    <div class="row-menu"><${RowMenu} monitor=${monitor} onDelete=${() => { deleting.value = true; }} /></div>
    ${deleting.value && html`<${DeleteMonitor} monitor=${monitor} onClose=${() => { deleting.value = false; }} />`}
  </li>`;
}

function State({ monitor, status }) {
  const { status_since: since, failure_text: reason } = monitor;
  if (status === 'paused') return html`<${StateWord} status="paused" />${monitor.paused_at && html`<span
    class="faint"> for <${Since} time=${monitor.paused_at} /></span>`}`;
  if (status === 'pending') return html`<${StateWord} status="pending" /><span
    class="row-reason faint">${whyPending(monitor)}</span>`;
  if (status === 'no_data' && !hasResult(monitor)) return html`<${StateWord} status="no_data">${NONE_YET}<//>`;
  const head = status === 'no_data'
    ? html`<${StateWord} status="no_data">No data for <${Since} time=${monitor.last_checked_at} /><//><span
      class="row-since">${lastSeen(monitor) && ` — ${lastSeen(monitor)}`}</span>`
    : html`<${StateWord} status=${status} />
      ${since && html`<span class="row-since"> for <${Since} time=${since} /></span>`}`;
  const why = (hasReason(monitor.state) && reason) || endingWords(monitor, now.peek());
  return html`${head}${why && html`<span class="row-reason" title=${why}>${why}</span>`}`;
}

function RowMenu({ monitor, onDelete }) {
  const label = `Actions for ${monitor.pronounceable_name}`;
  return html`<${Menu} button=${html`<${Icon} name="more" />`} label=${label}>
    <${MenuItem} icon=${monitor.paused ? 'play' : 'pause'}
      onPick=${() => setPaused(monitor, !monitor.paused)}>${monitor.paused ? 'Resume' : 'Pause'}<//>
    <${MenuItem} icon="edit" href=${`/monitors/${monitor.id}/edit`}>Edit<//>
    <${MenuItem} icon="wrench" href=${`/maintenance/new?monitor=${monitor.id}`}>Plan maintenance<//>
    <${MenuItem} icon="trash" danger onPick=${onDelete}>Delete…<//>
  <//>`;
}
