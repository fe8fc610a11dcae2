// What the past says: bars of a day, availability in words, stretches of time, percentiles, years, tables.
import { date } from '../../html/js/format.js';
import { factsOf, lengthWords, levelOf, percentWords, restOf, shareWords, slaSentence } from '../../html/js/model/availability.js';
import { csvOf } from '../../html/js/model/csv.js';
import { barHours, barState, barWord, barsSentence, lettersOf, worsened } from '../../html/js/model/overview.js';
import { ALL, bandData, columnsOf, failuresOf, intervalOf, isEmpty, regionData, stepAt, stepWords } from '../../html/js/model/percentiles.js';
import { byMedian, scaleOf, shareOf, slowerWords } from '../../html/js/model/regions_table.js';
import { bodyOf, choicesOf, daysWords, fieldsOf, shortened } from '../../html/js/model/retention.js';
import { nextOrder, orderOf, orderText, rowOf, slaCsv, sortRows } from '../../html/js/model/sla_table.js';
import { DAY_MS, OTHER, boundsOf, boundsQuery, dayText, drawn, monthsOf, moved, scaled, spanOf, spanOfDays, spanQuery, spanWords } from '../../html/js/model/span.js';
import { dayByKey, dayLevel, dayLines, dayTitle, daysByText, monthsOfYear, onDay, yearSummary } from '../../html/js/model/year.js';
import { is, ok } from './tap.mjs';

const HOUR_MS = 3_600_000;

function words() {
  is([100, 99.9999999, 99.9876, 99.95, 97.319, 0, 0.001, null, undefined].map(percentWords).map((one) => one.replaceAll('\u00a0', ' ')),
    ['100 %', '99.999 %', '99.987 %', '99.95 %', '97.31 %', '0 %', '<0.01 %', '–', '–'], 'availability is never rounded up');
  is([shareWords(0.9995), shareWords(null)], ['99.95\u00a0%', '–'], 'and of shares');
  is([100, 99.95, 99.9, 99, 95, 94.9, 0, null].map(levelOf), ['up', 'fine', 'fine', 'less', 'poor', 'bad', 'bad', 'none'], 'its levels');
  is([0, 0.4, 75, null].map(lengthWords), ['none', '<\u20091 s', '1 min 15 s', 'none'], 'lengths of time');
  const sla = { availability: 99.5, total_downtime: 600, number_of_incidents: 2, longest_incident: 400, average_incident: 300, mean_time_to_acknowledge: null, mean_time_to_resolve: 300, maintenance: 7200, paused: 0, no_data: 60, pending: 0 };
  is(factsOf(sla).map(([key, , value]) => `${key} ${value}`), ['downtime 10 min', 'incidents 2', 'longest 6 min 40 s', 'average 5 min', 'mtta –', 'mttr 5 min'], 'facts');
  is(restOf(sla).map(([, text]) => text), ['2 h in maintenance', '1 min without data'], 'what was not counted');
  is([slaSentence(sla), slaSentence({ availability: null })], ['99.5\u00a0% available, down for 10 min in 2 incidents.', 'Nothing was measured in this range.'], 'as a sentence');
}

function bars() {
  is(lettersOf('uud').join(''), `${'-'.repeat(21)}uud`, 'what is missing was before the beginning');
  is([lettersOf(null).join(''), lettersOf('<script>').length], ['-'.repeat(24), 24], 'whatever comes, 24 letters');
  is(lettersOf(`${'u'.repeat(30)}x`).join(''), `${'u'.repeat(23)}-`, 'an unknown letter is nothing');
  const calm = lettersOf('u'.repeat(24));
  is(worsened(calm, 'down').join(''), `${'u'.repeat(23)}d`, 'down now makes the last hour one of down');
  ok(worsened(calm, 'up') === calm && worsened(calm, 'pending') === calm && worsened(calm, 'suspect') === calm, 'nothing else changes it');
  is(worsened(lettersOf(`${'u'.repeat(23)}d`), 'degraded').at(-1), 'd', 'and it never gets better before it is read anew');
  const at = new Date(2026, 10, 22, 15, 12).getTime();
  is([barHours(0, at), barHours(22, at), barHours(23, at)], ['15:12 to 16:12', '13:12 to 14:12', 'since 14:12'], 'the hours of bars');
  is([barsSentence(calm), barsSentence(lettersOf('')), barsSentence(lettersOf('ddnu'))], ['up in all 24 hours', 'nothing yet', 'down in 2 hours, no data in 1 hour, up in 1 hour'], 'bars in words');
  is([barWord('n'), barState('n'), barWord('?'), barState('-')], ['no data', 'no_data', 'nothing yet', null], 'letters');
}

function spans() {
  const now = Date.UTC(2026, 10, 22, 12);
  is([spanOf('', '30d'), spanOf('range=7d', '30d'), spanOf('range=__proto__', '30d')], [{ key: '30d' }, { key: '7d' }, { key: '30d' }], 'a usual stretch');
  const other = spanOf('from=2026-10-01T00:00Z&to=2026-11-01T00:00Z', '30d');
  is(other, { key: OTHER, from: Date.UTC(2026, 9, 1), to: Date.UTC(2026, 10, 1) }, 'another one');
  is([spanOf('from=2026-10-01&to=2026-09-01', '30d'), spanOf('from=x&to=y', '30d'), spanOf('from=1000-01-01&to=2026-01-01', '30d')], Array(3).fill({ key: '30d' }), 'nonsense is none');
  is(spanQuery(other, '30d'), { range: '', from: '2026-10-01T00:00Z', to: '2026-11-01T00:00Z' }, 'goes into the address');
  is([spanQuery({ key: '30d' }, '30d').range, spanQuery({ key: '7d' }, '30d').range], ['', '7d'], 'the usual one is not written');
  is(boundsOf({ key: '7d' }, now), { from: now - 7 * DAY_MS, to: now }, 'its ends');
  is(boundsOf({ key: OTHER, from: now - DAY_MS, to: now + DAY_MS }, now).to, now, 'never beyond now');
  is(String(boundsQuery({ key: '24h' }, now)), 'from=2026-11-21T12%3A00%3A00.000Z&to=2026-11-22T12%3A00%3A00.000Z', 'as a question');
  const days = spanOfDays('2026-10-01', '2026-10-31', now).span;
  is([spanWords({ key: '90d' }), spanWords(days), spanWords(spanOfDays('2026-10-03', '2026-10-03', now).span)], ['Last 90 days', `${date(days.from)} to ${date(days.to - 1)}`, date(Date.UTC(2026, 9, 3, 12))], 'in words');
  is([spanOfDays('', '2026-10-03', now), spanOfDays('2026-10-05', '2026-10-03', now), spanOfDays('2027-10-05', '2027-10-06', now)].map(({ error }) => Boolean(error)), [true, true, true], 'what cannot be shown is said');
  is(monthsOf(now).map(([name, one]) => `${name} ${dayText(one.from)} ${dayText(one.to)}`), ['This month 2026-11-01 2026-12-01', 'Last month 2026-10-01 2026-11-01'], 'months');
  is(boundsOf(moved({ key: '24h' }, -1, now), now), { from: now - 2 * DAY_MS, to: now - DAY_MS }, 'earlier');
  is(boundsOf(moved({ key: '24h' }, 1, now), now), { from: now - DAY_MS, to: now }, 'not into what is to come');
  is(boundsOf(scaled({ key: '24h' }, 0.5, now), now), { from: now - DAY_MS * 0.75, to: now - DAY_MS * 0.25 }, 'closer, around its middle');
  is(boundsOf(drawn(now - 1000, now, now), now), { from: now - HOUR_MS, to: now }, 'never too close');
}

const columns = (region, at, p50, more = {}) => ({ region, at, p50, count: at.map(() => 60), down: at.map(() => 0), ...more });

function percentiles() {
  const one = columns('a', [0, HOUR_MS, 4 * HOUR_MS], [1000, null, 3000], { p90: [2000, null, 4000] });
  is(bandData(one, ['p50', 'p90'], HOUR_MS), [[0, HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS], [1, null, null, 3], [2, null, null, 4]], 'bands in milliseconds, with holes');
  is(bandData(one, ['p99'], HOUR_MS)[1], [null, null, null, null], 'a percentile that did not come is a hole');
  is(regionData([columns('a', [0, HOUR_MS], [1000, 2000]), columns('b', [HOUR_MS], [5000])], 'p50', HOUR_MS), [[0, HOUR_MS], [1, 2], [null, 5]].map((row, i) => (i === 2 ? [undefined, 5] : row)), 'regions over one axis');
  is(failuresOf(columns('a', [0, HOUR_MS, 2 * HOUR_MS, 5 * HOUR_MS], [], { down: [1, 2, 0, 1] }), HOUR_MS),
    [{ status: 'down', from: 0, to: 2 * HOUR_MS }, { status: 'down', from: 5 * HOUR_MS, to: 6 * HOUR_MS }], 'failures, joined where they touch');
  is([-1, 0, HOUR_MS + 5, 3 * HOUR_MS, 4 * HOUR_MS].map((time) => stepAt(one, time, HOUR_MS)), [-1, 0, 1, -1, 2], 'the step under a moment');
  is([3600, 21_600, 86_400, 604_800, 900].map(stepWords), ['an hour', '6 hours', 'a day', 'a week', '15 minutes'], 'steps in words');
  is([intervalOf([{ slot: [0, 60, 120, 500, 560] }, { slot: [3] }], 30), intervalOf([{ slot: [5] }], 30)], [60, 30], 'how far apart results were');
  ok(isEmpty({ at: [] }) && isEmpty(columns('a', [0], [null], { count: [0] })) && !isEmpty(one), 'empty or not');
  is([columnsOf({ all: { at: [1] }, regions: [] }, ALL).at, columnsOf({ all: { at: [1] }, regions: [] }, 'gone').at], [[1], []], 'a region that is gone has nothing');
}

function years() {
  const months = monthsOfYear(2028);
  is([months.length, months[1].days.length, months[1].days.at(-1), months[0].lead, months[0].name], [12, 29, '2028-02-29', 5, 'January'], 'a leap year, Monday first');
  const days = daysByText([{ day: '2026-05-01', availability: 0.9995, downtime: 43, incidents: 1, maintenance: 60, no_data: 0, paused: 0 }, { day: '2026-05-02', availability: null, maintenance: 3600, no_data: 20, paused: 0 }]);
  is([dayLevel(days.get('2026-05-01')), dayLevel(days.get('2026-05-02')), dayLevel(undefined)], ['fine', 'maintenance', 'none'], 'levels of days');
  is(dayLines(days.get('2026-05-01')), ['99.95\u00a0% available', 'down for 43 s', '1 incident', '1 min in maintenance'], 'a day in words');
  is([dayLines(days.get('2026-05-02')), dayLines(undefined)], [['in maintenance'], ['nothing measured']], 'one that was not counted');
  is(dayTitle('2026-11-22'), 'Sunday, 22 November 2026', 'its name');
  is([dayByKey('2026-03-29', 'ArrowRight'), dayByKey('2026-01-01', 'ArrowLeft'), dayByKey('2026-03-31', 'PageUp'), dayByKey('2026-12-31', 'PageDown'), dayByKey('2026-05-10', 'ArrowUp'), dayByKey('2026-05-10', 'x')],
    ['2026-03-30', '2026-01-01', '2026-02-28', '2026-12-31', '2026-05-03', undefined], 'arrows move by days, over the change of clocks too, within the year');
  is(yearSummary([...days.values()]), { counted: 1, perfect: 0, downtime: 43 }, 'a year in numbers');
  const incident = { started_at: '2026-05-01T10:00:00Z', resolved_at: null };
  const noon = Date.UTC(2026, 4, 1, 12);
  ok(onDay(incident, noon, noon + 1) && !onDay({ ...incident, resolved_at: '2026-05-01T11:00:00Z' }, noon, noon + 1) && !onDay(incident, 0, 1), 'incidents that reach into a day');
}

function tables() {
  const rows = [{ id: '1', name: 'b', availability: 99 }, { id: '2', name: 'a 10', availability: null }, { id: '3', name: 'a 9', availability: 98 }, { id: '4', name: 'c', availability: 99 }];
  const ids = (order) => sortRows(rows, order).map(({ id }) => id).join('');
  is([ids({ by: 'availability', down: false }), ids({ by: 'availability', down: true }), ids({ by: 'name', down: false }), ids({ by: 'name', down: true })], ['3142', '1432', '3214', '4123'], 'sorted, the unknown last, numbers in names by their value');
  is([orderOf(''), orderOf('sort=name.down'), orderOf('sort=constructor')], [{ by: 'availability', down: false }, { by: 'name', down: true }, { by: 'availability', down: false }], 'an order of the address');
  is([nextOrder({ by: 'name', down: false }, 'total_downtime'), nextOrder({ by: 'total_downtime', down: true }, 'total_downtime'), nextOrder({ by: 'name', down: false }, 'availability')].map(orderText), ['total_downtime.down', 'total_downtime', ''], 'a first click shows the worst');
  is(csvOf([['a,b', '=1+1', '"q"', null, -3, 'x\ny', '-1']]), '"a,b",\'=1+1,"""q""",,-3,"x\ny",\'-1\r\n', 'CSV, and no formulas');
  const row = rowOf({ id: 7, attributes: { name: '@SUM(A1)', url: 'http://x', availability: 99.5, total_downtime: 60 } });
  is([row.id, row.name], ['7', '@SUM(A1)'], 'a row of the reply');
  ok(slaCsv([row], { from: 0, to: DAY_MS }).includes("1970-01-01T00:00:00.000Z,1970-01-02T00:00:00.000Z,'@SUM(A1),http://x,99.5,60,"), 'the table as CSV');
  const regions = [{ region: 'b', p50: 200, p95: 400 }, { region: 'a', p50: 100, p95: 150 }, { region: 'c', p50: null, p95: null }];
  is([byMedian(regions).map(({ region }) => region), scaleOf(regions), shareOf(100, 400), shareOf(null, 400), shareOf(1, 400)], [['a', 'b', 'c'], 400, 0.25, 0, 0.01], 'regions beside each other');
  is([slowerWords(regions[0], regions[1]), slowerWords(regions[1], regions[1]), slowerWords(regions[2], regions[1])], ['2.0\u00a0× the fastest', '', ''], 'how much slower');
}

function keeping() {
  is([null, 8, 1, 365, 730].map(daysWords), ['for ever', '8 days', '1 day', '1 year', '2 years'], 'how long something is kept');
  is(choicesOf('incidents', 45, 'For ever').slice(0, 3), [['', 'For ever'], ['30', '30 days'], ['45', '45 days']], 'what may be chosen, with what it is');
  const held = { ticks: 30, hours: null, days: null, incidents: 365 };
  is(fieldsOf(held), { ticks: '30', hours: '', days: '', incidents: '365' }, 'as fields');
  is(bodyOf({ ticks: '', hours: '90', days: '', incidents: '365' }, held), { ticks: null, hours: 90 }, 'only what was changed is sent');
  is([shortened(held, { ticks: null, hours: 90 }), shortened({ ticks: null }, { ticks: 30 }, { ticks: 90 }), shortened({ ticks: 120 }, { ticks: null }, { ticks: 90 }), shortened({ ticks: 30 }, { ticks: 60 }, { ticks: 90 })],
    [['hours'], ['every result'], ['every result'], []], 'what is kept shorter than before');
}

export function history() {
  keeping();
  words();
  bars();
  spans();
  percentiles();
  years();
  tables();
}
