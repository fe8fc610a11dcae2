/** A year, day by day: each day has a colour and a shape, its numbers when it is chosen, and its incidents. */
import { useMemo, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { get } from '../api.js';
import { hubTime } from '../clock.js';
import { ms, plural } from '../format.js';
import { LEVEL_WORDS, lengthWords } from '../model/availability.js';
import { dayByKey, dayLevel, dayLines, dayTitle, daysByText, monthsOfYear, yearSummary } from '../model/year.js';
import { localZone } from '../model/zoned.js';
import { useLoad } from '../use_load.js';
import { DayIncidents } from './day_incidents.js';
import { Icon } from './icon.js';

const FIRST_YEAR = 2000;
const OTHER_LEVELS = [['maintenance', 'maintenance'], ['paused', 'paused'], ['no_data', 'no data'], ['none', 'nothing measured']];

export function YearPanel({ monitor }) {
  const zone = localZone();
  const thisYear = new Date(hubTime()).getFullYear();
  const year = useSignal(thisYear);
  const chosen = useSignal(null);
  const load = useLoad(async (signal) => (await get(`/monitors/${monitor.id}/calendar?${new URLSearchParams({ year: year.value, timezone: zone })}`, { signal })).data.attributes, [monitor.id, year.value]);
  const { data, problem } = load.value;
  const days = useMemo(() => daysByText(data?.days), [data]);
  const born = new Date(ms(monitor.created_at) ?? 0).getFullYear();
  const go = (to) => { year.value = to; chosen.value = null; };
  return html`<section class="panel" aria-label="Calendar of the year">
    <div class="panel-head year-head">
      <div class="calendar-walk"><button type="button" class="button button-icon button-small" aria-label="Previous year" disabled=${year.value <= Math.max(born, FIRST_YEAR)} onClick=${() => go(year.value - 1)}><${Icon} name="back" size="16" /></button>
        <h2 aria-live="polite">${year.value}</h2>
        <button type="button" class="button button-icon button-small" aria-label="Next year" disabled=${year.value >= thisYear} onClick=${() => go(year.value + 1)}><${Icon} name="right" size="16" /></button></div>
      <p class="soft small year-words">${data ? summaryWords(data.days) : problem && `${problem.message}${problem.passing ? ' Trying again by itself.' : ''}`}</p></div>
    <div class="panel-body">
      <${Months} year=${year.value} days=${days} waits=${!data} chosen=${chosen} />
      <ul class="legend year-legend" aria-label="What the days look like">${[...LEVEL_WORDS, ...OTHER_LEVELS].map(([level, words]) => html`<li key=${level}><span class=${`day-key day-${level}`}></span>${words}</li>`)}</ul>
      ${chosen.value && html`<${Day} key=${chosen.value} day=${chosen.value} found=${days.get(chosen.value)} monitor=${monitor} zone=${zone} onClose=${() => { chosen.value = null; }} />`}
    </div>
  </section>`;
}

function summaryWords(days) {
  const { counted, perfect, downtime } = yearSummary(days);
  if (!counted) return 'Nothing was measured in this year.';
  if (perfect === counted) return `${plural(counted, 'day')}, all without down time.`;
  return `${perfect.toLocaleString()} of ${plural(counted, 'day')} without down time; ${lengthWords(downtime)} down on the other${counted - perfect > 1 ? ` ${counted - perfect}` : ''}.`;
}

/** One stop for Tab; arrows go from day to day, Page Up and Down from month to month. */
function Months({ year, days, waits, chosen }) {
  const place = useRef(null);
  const at = useSignal(null);
  const months = useMemo(() => monthsOfYear(year), [year]);
  const today = new Date(hubTime()).toLocaleDateString('sv-SE');
  const stop = at.value?.startsWith(String(year)) ? at.value : today.startsWith(String(year)) ? today : `${year}-01-01`;
  const press = (event) => {
    const to = dayByKey(event.target.dataset.day ?? stop, event.key);
    if (!to) return;
    event.preventDefault();
    at.value = to;
    place.current.querySelector(`[data-day="${to}"]`)?.focus();
  };
  const pick = (event) => {
    const { day } = event.target.closest('[data-day]')?.dataset ?? {};
    if (!day) return;
    at.value = day;
    chosen.value = chosen.value === day ? null : day;
  };
  return html`<div class=${`year${waits ? ' year-waits' : ''}`} ref=${place} role="group" aria-label="Days: arrows move, Enter shows a day" aria-busy=${waits ? 'true' : undefined} onKeyDown=${press} onClick=${pick}>
    ${months.map(({ name, lead, days: texts }) => html`<div class="year-month" key=${name}><p class="year-name" aria-hidden="true">${name}</p>
      <div class="year-days">${texts.map((day, i) => {
    const found = days.get(day);
    const future = day > today;
    const words = `${dayTitle(day)}${waits ? '' : `: ${future ? 'still to come' : dayLines(found).join(', ')}`}`;
    return html`<button type="button" key=${day} data-day=${day} tabindex=${day === stop ? 0 : -1} class=${`day day-${future ? 'future' : dayLevel(found)}${chosen.value === day ? ' day-on' : ''}`}
          style=${i === 0 ? { gridColumnStart: lead + 1 } : undefined} title=${words} aria-label=${words} aria-pressed=${chosen.value === day ? 'true' : undefined} aria-current=${day === today ? 'date' : undefined}></button>`;
  })}</div></div>`)}
  </div>`;
}

function Day({ day, found, monitor, zone, onClose }) {
  return html`<div class="day-card" role="status">
    <div class="day-head"><div><h3>${dayTitle(day)}</h3><p class="soft small">${dayLines(found).join(', ').replace(/^./, (one) => one.toUpperCase())}.</p></div>
      <button type="button" class="button button-quiet button-icon" aria-label="Close the day" onClick=${onClose}><${Icon} name="close" /></button></div>
    ${(found?.incidents > 0 || found?.downtime > 0) && html`<${DayIncidents} day=${day} monitor=${monitor} zone=${zone} />`}
  </div>`;
}
