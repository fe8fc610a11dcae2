/** The calendar of who is on call: a week or a month, in a time zone that is always shown. */
import { useEffect } from 'preact/hooks';
import { html } from '../html.js';
import { now } from '../clock.js';
import { onEvent } from '../live.js';
import { rangeOf, rangeTitle, step, wallShifts } from '../model/shifts.js';
import { instantOf, startOfDay, wallOf } from '../model/zoned.js';
import { loadShifts } from '../on_call_actions.js';
import { useLoad } from '../use_load.js';
import { CalendarMonth } from './calendar_month.js';
import { CalendarWeek } from './calendar_week.js';
import { Icon } from './icon.js';
import { InlineSelect } from './inline.js';
import { LoadProblem } from './load_problem.js';
import { Segments } from './segments.js';

const VIEWS = [['week', 'Week'], ['month', 'Month']];
const DAY_MS = 86_400_000;

/** wall: a wall time in what is on show; zones: those to choose from. */
export function OnCallCalendar({ calendar, people, view, wall, zone, zones, onView, onZone, onSpan }) {
  const { from, to } = rangeOf(view, wall);
  const load = useLoad((signal) => loadShifts(calendar.id, instantOf(from, zone), instantOf(to, zone), signal), [calendar.id, from, to, zone]);
  useEffect(() => onEvent(({ type, id }) => { if (type === 'on_call' && String(id) === calendar.id) load.again(); }), [calendar.id, from, to, zone]);
  const { data, problem } = load.value;
  const today = wallOf(now.peek(), zone);
  const Grid = view === 'week' ? CalendarWeek : CalendarMonth;
  const cover = () => onSpan({ from: startOfDay(today) + DAY_MS, to: startOfDay(today) + 2 * DAY_MS });
  return html`<section class="panel" aria-label="Calendar">
    <div class="panel-head calendar-head">
      <div class="calendar-walk">
        <button type="button" class="button button-icon button-small" aria-label=${`Previous ${view}`} onClick=${() => onView(view, step(view, wall, -1))}><${Icon} name="back" size="16" /></button>
        <button type="button" class="button button-small" onClick=${() => onView(view, today)}>Today</button>
        <button type="button" class="button button-icon button-small" aria-label=${`Next ${view}`} onClick=${() => onView(view, step(view, wall, 1))}><${Icon} name="right" size="16" /></button>
      </div>
      <h2 aria-live="polite">${rangeTitle(view, wall)}</h2>
      <${Segments} label="View" options=${VIEWS} value=${view} onPick=${(next) => onView(next, wall)} />
      <button type="button" class="button button-small" onClick=${cover}><${Icon} name="plus" size="16" />Add cover</button>
    </div>
    ${!data && problem ? html`<div class="panel-body"><${LoadProblem} problem=${problem} what="The calendar" /></div>`
    : html`<div class=${`calendar-body${data ? '' : ' calendar-waits'}`} aria-busy=${data ? undefined : 'true'}><${Grid} shifts=${wallShifts(data?.shifts ?? [], zone)} people=${people} wall=${wall} today=${today} onSpan=${onSpan} /></div>`}
    <div class="calendar-foot">
      <span>Times in <${InlineSelect} label="Time zone of the calendar" value=${zone} options=${zones.map((one) => [one, one.replaceAll('_', ' ')])} onPick=${onZone} /></span>
      <ul class="bar-legend" aria-label="Legend"><li><span class="bar-key bar-rotation"></span>Rotation</li><li><span class="bar-key bar-event"></span>Beside it</li><li><span class="bar-key bar-override"></span>Instead of it</li></ul>
      ${data?.truncated && html`<span class="faint">There are more shifts than are shown.</span>`}
      <span class="faint calendar-tip">Drag over hours or days to add cover.</span>
    </div>
  </section>`;
}
