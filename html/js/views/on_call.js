/** /on-call: ?calendar=, ?view=week|month and ?day= say what is on show. */
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { now } from '../clock.js';
import { onEvent } from '../live.js';
import { isZone, localZone, startOfDay, wallOf, wallText } from '../model/zoned.js';
import { deleteCalendar, loadEvents, loadRotation } from '../on_call_actions.js';
import { query, setQuery } from '../router.js';
import { useLoad } from '../use_load.js';
import { usePeople } from '../use_names.js';
import { dropOne, putOne, useResources } from '../use_resources.js';
import { useTitle } from '../title.js';
import { CalendarDialog } from '../parts/calendar_dialog.js';
import { Confirm } from '../parts/confirm.js';
import { EventDialog } from '../parts/event_dialog.js';
import { Icon } from '../parts/icon.js';
import { LoadProblem } from '../parts/load_problem.js';
import { Menu } from '../parts/menu.js';
import { MenuItem } from '../parts/menu_item.js';
import { MonitorListSkeleton } from '../parts/monitor_list.js';
import { OnCallCalendar } from '../parts/on_call_calendar.js';
import { OnCallFeed } from '../parts/on_call_feed.js';
import { OnCallNow } from '../parts/on_call_now.js';
import { OnCallCover, OnCallRotation } from '../parts/on_call_rotation.js';
import { ReachNotice } from '../parts/reach_notice.js';
import { Segments } from '../parts/segments.js';

const DAY_MS = 86_400_000;
const TABS_MAX = 4;

/** {calendar, view, wall}, as the address has them. */
function shown(zone) {
  const given = new URLSearchParams(query.value);
  const day = Date.parse(`${given.get('day')}T00:00Z`);
  return { calendar: given.get('calendar'), view: given.get('view') === 'month' ? 'month' : 'week', wall: Number.isFinite(day) ? day : startOfDay(wallOf(now.peek(), zone)) };
}

export function OnCall() {
  const load = useResources('/on-calls', 'on_call');
  const people = usePeople();
  const { data: calendars, problem } = load.value;
  useTitle('On-call');
  if (!calendars) return html`<div class="page">${problem ? html`<${LoadProblem} problem=${problem} what="The calendars" />`
    : html`<div aria-busy="true"><section class="health"><h1 tabindex="-1">On-call</h1></section><${MonitorListSkeleton} /></div>`}</div>`;
  const wanted = new URLSearchParams(query.value).get('calendar');
  const calendar = calendars.find(({ id }) => id === wanted) ?? calendars.find((one) => one.default_calendar) ?? calendars[0];
  return html`<${Calendar} key=${calendar.id} calendar=${calendar} calendars=${calendars} people=${people} load=${load} />`;
}

const loadPlan = async (id, signal) => {
  const [rotation, events] = await Promise.all([loadRotation(id, signal), loadEvents(id, signal)]);
  return { rotation, events };
};

function Calendar({ calendar, calendars, people, load }) {
  const chosenZone = useSignal(localZone());
  const zone = chosenZone.value;
  const editing = useSignal(null);
  const plan = useLoad((signal) => loadPlan(calendar.id, signal), [calendar.id]);
  useEffect(() => onEvent(({ type, id }) => { if (type === 'on_call' && String(id) === calendar.id) plan.again(); }), [calendar.id]);
  const { view, wall } = shown(zone);
  const onView = (next, to) => setQuery({ calendar: new URLSearchParams(query.peek()).get('calendar'), view: next === 'month' ? 'month' : '', day: wallText(to).slice(0, 10) });
  const { rotation = null, events = [] } = plan.value.data ?? {};
  const zones = [...new Set([localZone(), ...(isZone(rotation?.timezone) ? [rotation.timezone] : []), 'UTC', zone])];
  const tomorrow = startOfDay(wallOf(now.peek(), zone)) + DAY_MS;
  const close = () => { editing.value = null; };
  return html`<div class="page">
    <div class="page-head list-head"><${OnCallNow} calendar=${calendar} people=${people} zone=${zone} />
      <div class="page-actions"><${Pick} calendar=${calendar} calendars=${calendars} load=${load} /></div></div>
    <${ReachNotice} />
    <div class="on-call">
      <${OnCallCalendar} calendar=${calendar} people=${people} view=${view} wall=${wall} zone=${zone} zones=${zones} onView=${onView} onZone=${(one) => { chosenZone.value = one; }}
        onSpan=${(span) => { editing.value = { span }; }} />
      <div class="on-call-side">
        ${plan.value.data ? html`<${OnCallRotation} calendar=${calendar} rotation=${rotation} people=${people} onChange=${plan.again} />
        <${OnCallCover} events=${events} people=${people} zone=${zone} onPick=${(event) => { editing.value = { event }; }} onAdd=${() => { editing.value = { span: { from: tomorrow, to: tomorrow + DAY_MS } }; }} />`
    : plan.value.problem && html`<${LoadProblem} problem=${plan.value.problem} what="The rotation" />`}
        <${OnCallFeed} calendar=${calendar} onChange=${(fresh) => putOne(load, fresh)} />
      </div>
    </div>
    ${editing.value && html`<${EventDialog} calendar=${calendar} ...${editing.value} zone=${zone} people=${people} onClose=${close} onSaved=${plan.again} />`}
  </div>`;
}

/** Which calendar, and what can be done to it. */
function Pick({ calendar, calendars, load }) {
  const asking = useSignal(null);
  const close = () => { asking.value = null; };
  const go = (id) => setQuery({ ...Object.fromEntries(new URLSearchParams(query.peek())), calendar: id });
  const sorted = [...calendars].sort((a, b) => Number(b.default_calendar) - Number(a.default_calendar) || a.name.localeCompare(b.name));
  const remove = async () => { await deleteCalendar(calendar); dropOne(load, calendar.id); setQuery({}); };
  const saved = (fresh) => { putOne(load, fresh); if (asking.peek() === 'new') go(fresh.id); };
  return html`${calendars.length > 1 && (calendars.length <= TABS_MAX ? html`<${Segments} label="Calendar" options=${sorted.map((one) => [one.id, one.name])} value=${calendar.id} onPick=${go} />`
    : html`<select class="select calendar-pick" aria-label="Calendar" value=${calendar.id} onChange=${(event) => go(event.currentTarget.value)}>
      ${sorted.map((one) => html`<option key=${one.id} value=${one.id} selected=${one.id === calendar.id}>${one.name}</option>`)}</select>`)}
    <${Menu} button=${html`<${Icon} name="more" />`} label=${`Actions for ${calendar.name}`} buttonClass="button button-icon">
      <${MenuItem} icon="edit" onPick=${() => { asking.value = 'edit'; }}>Edit ${calendar.name}…<//>
      <${MenuItem} icon="plus" onPick=${() => { asking.value = 'new'; }}>New calendar…<//>
      ${!calendar.default_calendar && html`<${MenuItem} icon="trash" danger onPick=${() => { asking.value = 'delete'; }}>Delete…<//>`}
    <//>
    ${asking.value === 'edit' && html`<${CalendarDialog} calendar=${calendar} onSaved=${saved} onClose=${close} />`}
    ${asking.value === 'new' && html`<${CalendarDialog} onSaved=${saved} onClose=${close} />`}
    ${asking.value === 'delete' && html`<${Confirm} title=${`Delete ${calendar.name}?`} action="Delete calendar" work=${remove} onClose=${close}>
      <p>Its rotation and its cover go with it. Policies that name it skip it.</p><//>`}`;
}
