/** One maintenance window in the list: what it is, when, for what, and for one that is open how long yet. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { deleteWindow } from '../window_actions.js';
import { now } from '../clock.js';
import { duration, ms, utc } from '../format.js';
import { capital } from '../model/calendar.js';
import { scheduleWords, scopeWords, zoneOf } from '../model/windows.js';
import { timeText, wallOf, whenIn } from '../model/zoned.js';
import { Confirm } from './confirm.js';
import { EndWindow } from './end_window.js';
import { Icon } from './icon.js';
import { Mark } from './mark.js';
import { Menu } from './menu.js';
import { MenuItem } from './menu_item.js';
import { Told } from './told.js';

/** Its state as one of those that have a shape; one that is over has a plain tick. */
const MARKS = { active: 'maintenance', scheduled: 'pending' };

export function WindowRow({ one, state, onChange, onGone }) {
  const asking = useSignal(null);
  const close = () => { asking.value = null; };
  const remove = async () => { await deleteWindow(one); onGone(); };
  return html`<li class=${`row row-window row-${state} state-${MARKS[state] ?? 'paused'}`}>
    ${MARKS[state] ? html`<${Mark} status=${MARKS[state]} size="20" />` : html`<span class="mark"><${Icon} name="check" size="20" /></span>`}
    <div class="row-name">
      <a href=${`/maintenance/${one.id}/edit`} class="row-link">${one.name}</a>
      <span class="row-schedule" title=${scopeWords(one)}>For ${scopeWords(one)}</span>
    </div>
    <div class="row-state"><${When} one=${one} state=${state} /></div>
    <div class="row-act">${state === 'active' && html`<button type="button" class="button button-small" onClick=${() => { asking.value = 'end'; }}>End now</button>`}</div>
    <div class="row-menu"><${Menu} button=${html`<${Icon} name="more" />`} label=${`Actions for ${one.name}`}>
      <${MenuItem} icon="edit" href=${`/maintenance/${one.id}/edit`}>Edit<//>
      <${MenuItem} icon="trash" danger onPick=${() => { asking.value = 'delete'; }}>Delete…<//>
    <//></div>
    ${asking.value === 'end' && html`<${EndWindow} one=${one} onClose=${close} onChange=${onChange} />`}
    ${asking.value === 'delete' && html`<${Confirm} title=${`Delete ${one.name}?`} action="Delete window" work=${remove} onClose=${close}>
      <p>${state === 'active' ? 'It ends now, and what it covers is judged again at once. ' : ''}This cannot be undone.</p><//>`}
  </li>`;
}

function When({ one, state }) {
  const at = now.peek();
  const schedule = capital(scheduleWords(one, at));
  if (state === 'active') return html`<span class="word"><${Told} keys=${[one]} words=${(time) => leftWords(one, time)} /></span>
    <span class="row-reason" title=${utc(one.current_ends_at)}>${one.recurrence ? schedule : `Until ${whenIn(one.current_ends_at, zoneOf(one), at)} ${one.timezone}`}</span>`;
  if (state === 'scheduled') return html`<b>${capital(whenIn(one.next_starts_at ?? one.starts_at, zoneOf(one), at))}${nextEnd(one)}</b><span
      class="row-since">, <${Told} keys=${[one]} words=${(time) => untilWords(one, time)} /></span>
    <span class="row-reason">${one.recurrence ? schedule : one.timezone}</span>`;
  return html`<span class="soft">${schedule}</span>`;
}

/** " to 03:00", when the end is known and on the same day. */
function nextEnd({ next_starts_at: from, next_ends_at: to, ...one }) {
  if (!to) return '';
  const [start, end] = [from, to].map((time) => wallOf(ms(time), zoneOf(one)));
  return end - start < 86_400_000 ? ` to ${timeText(end)}` : ` for ${duration(end - start)}`;
}

const leftWords = ({ current_ends_at: end }, at) => (end ? `${duration(ms(end) - at)} left` : 'Open');
const untilWords = ({ next_starts_at: next }, at) => (next && ms(next) > at ? `in ${duration(ms(next) - at)}` : 'now');
