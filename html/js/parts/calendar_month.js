/** A month of an on-call calendar: weeks of days, with bars over them. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { WEEK } from '../model/calendar.js';
import { WEEK_DAYS, barsOf, daySpan, dayTitle, dayWords, lanesOf, startOfMonth, weeksOf } from '../model/shifts.js';
import { addDays, startOfDay } from '../model/zoned.js';
import { useSpan } from '../use_span.js';
import { ShiftBar } from './shift_bar.js';

const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -WEEK_DAYS, ArrowDown: WEEK_DAYS };

/** today: the wall time now. onSpan({from, to}) when days are chosen. */
export function CalendarMonth({ shifts, people, wall, today, onSpan }) {
  const month = startOfMonth(wall);
  const weeks = weeksOf(month);
  const [first, end] = [weeks[0], addDays(weeks.at(-1), WEEK_DAYS)];
  const at = useSignal(null);
  const inside = (day) => day >= first && day < end;
  const keys = (key, day) => (STEPS[key] && inside(addDays(day, STEPS[key])) ? addDays(day, STEPS[key]) : undefined);
  const { span, on } = useSpan({ place: (event, cell) => Number(cell.dataset.at), choose: (a, b) => onSpan(daySpan(a, b)), keys });
  const chosen = span && daySpan(...span);
  const stop = at.value !== null && inside(at.value) ? at.value : inside(startOfDay(today)) ? startOfDay(today) : month;
  return html`<div class="month" role="group" aria-label="Days: arrows move, Shift and arrows choose several, Enter adds cover" ...${on}>
    <div class="month-names" aria-hidden="true">${WEEK.map(([day, name]) => html`<span key=${day}>${name.slice(0, 3)}</span>`)}</div>
    ${weeks.map((week) => {
    const bars = barsOf(shifts, week, addDays(week, WEEK_DAYS));
    return html`<div class="month-week" key=${week} style=${{ '--lanes': lanesOf(bars) }}>
      ${WEEK.map((name, i) => {
    const day = addDays(week, i);
    const look = `month-day${day < month || startOfMonth(day) !== month ? ' month-other' : ''}${day === startOfDay(today) ? ' month-today' : ''}${chosen && day >= chosen.from && day < chosen.to ? ' is-chosen' : ''}`;
    return html`<button type="button" class=${look} key=${day} data-at=${day} tabindex=${day === stop ? 0 : -1} onFocus=${() => { at.value = day; }}
          aria-label=${`${dayTitle(day)}: ${dayWords(shifts, people, day)}`} aria-current=${day === startOfDay(today) ? 'date' : undefined}><span>${new Date(day).getUTCDate()}</span></button>`;
  })}
      <div class="bars" aria-hidden="true">${bars.map((bar, i) => html`<${ShiftBar} key=${i} bar=${bar} people=${people} />`)}</div>
    </div>`;
  })}
  </div>`;
}
