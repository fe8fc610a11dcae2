/** A week of an on-call calendar: a row a day, from midnight to midnight, with bars along the hours. */
import { html } from '../html.js';
import { WEEK } from '../model/calendar.js';
import { barsOf, dayTitle, dayWords, daySpan, lanesOf, snapped, spanOf, startOfWeek } from '../model/shifts.js';
import { addDays, startOfDay } from '../model/zoned.js';
import { useSpan } from '../use_span.js';
import { ShiftBar } from './shift_bar.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const HOURS = [0, 6, 12, 18, 24];
const SHORTEST_MS = HOUR_MS / 2;
const STEPS = { ArrowUp: -1, ArrowDown: 1 };
const percent = (share) => `${(share * 100).toFixed(3)}%`;

export function CalendarWeek({ shifts, people, wall, today, onSpan }) {
  const from = startOfWeek(wall);
  const keys = (key, day) => {
    const next = STEPS[key] && addDays(day, STEPS[key]);
    return next >= from && next < addDays(from, WEEK.length) ? next : undefined;
  };
  const place = (event, track) => {
    const box = track.getBoundingClientRect();
    return snapped(Number(track.dataset.at) + Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * DAY_MS);
  };
  /* A click without a drag, and the keyboard, mean whole days. */
  const choose = (a, b, whole) => {
    const span = spanOf(a, b);
    onSpan(whole || span.to - span.from < SHORTEST_MS ? daySpan(startOfDay(a), startOfDay(b)) : span);
  };
  const { span, on } = useSpan({ place, choose, keys });
  const chosen = span && spanOf(...span);
  return html`<div class="week" role="group" aria-label="Days: arrows move, Shift and arrows choose several, Enter adds cover" ...${on}>
    <div class="week-hours" aria-hidden="true">${HOURS.map((hour) => html`<span key=${hour} style=${{ left: percent(hour / 24) }}>${String(hour).padStart(2, '0')}</span>`)}</div>
    ${WEEK.map(([name, title], i) => {
    const day = addDays(from, i);
    const bars = barsOf(shifts, day, day + DAY_MS);
    const isToday = day === startOfDay(today);
    const [start, end] = chosen ? [Math.max(chosen.from, day), Math.min(chosen.to, day + DAY_MS)] : [0, 0];
    return html`<div class=${`week-day${isToday ? ' week-today' : ''}`} key=${day}>
      <span class="week-name" aria-hidden="true"><b>${title.slice(0, 3)}</b> ${new Date(day).getUTCDate()}</span>
      <button type="button" class="week-track" data-at=${day} style=${{ '--lanes': lanesOf(bars) }} tabindex=${isToday || (i === 0 && (today < from || today >= addDays(from, 7))) ? 0 : -1}
        aria-label=${`${dayTitle(day)}: ${dayWords(shifts, people, day)}`}>
        <span class="bars">${bars.map((bar, at) => html`<${ShiftBar} key=${at} bar=${bar} people=${people} />`)}</span>
        ${end > start && html`<span class="week-chosen" style=${{ left: percent((start - day) / DAY_MS), width: percent((end - start) / DAY_MS) }}></span>`}
        ${isToday && html`<span class="week-now" style=${{ left: percent((today - day) / DAY_MS) }}></span>`}
      </button>
    </div>`;
  })}
  </div>`;
}
