/**
 * Pure: columns of results to the aligned arrays uPlot draws. In them undefined is "this region
 * has no slot here", drawn through; null is "nothing was measured", drawn as a gap.
 */
import { hasAnswer } from './answer.js';
import { PHASES, phasesOf } from './phases.js';
import { rowAt } from './ticks.js';

/** Missing slots beyond this many intervals are a gap, not a late probe. */
const GAP_INTERVALS = 2.5;

/** [[slot, value or null], ...] of one region, with a null set into each hole. */
function pointsOf(columns, valueAt, intervalMs, from) {
  const points = [];
  let last = null;
  columns.slot.forEach((slot, at) => {
    if (slot < from) return;
    if (last !== null && slot - last > intervalMs * GAP_INTERVALS) points.push([last + intervalMs, null]);
    points.push([slot, valueAt(columns, at)]);
    last = slot;
  });
  return points;
}

/** Several regions' points over one shared time axis. */
function align(lists) {
  const times = [...new Set(lists.flatMap((points) => points.map(([x]) => x)))].sort((a, b) => a - b);
  const index = new Map(times.map((x, i) => [x, i]));
  const rows = lists.map((points) => {
    const row = new Array(times.length).fill(undefined);
    for (const [x, y] of points) row[index.get(x)] = y;
    return closeGaps(row);
  });
  return [times, ...rows];
}

/** A gap lasts until this region's next value, also over times that only other regions have. */
function closeGaps(row) {
  for (let i = 1; i < row.length; i += 1) {
    if (row[i] === undefined && row[i - 1] === null) row[i] = null;
  }
  return row;
}

const totalMs = (columns, at) => (hasAnswer(columns.status[at], columns.reason[at]) && columns.total[at] >= 0 ? columns.total[at] / 1000 : null);

/** Times and one response-time series per region, in milliseconds. */
export function responseData(regions, intervalMs, from) {
  return align(regions.map((columns) => pointsOf(columns, totalMs, intervalMs, from)));
}

/** Times and the phases of one region, each on top of those before it, tallest first. */
export function phaseData(columns, from, names = PHASES.map(([name]) => name)) {
  const times = [];
  const layers = names.map(() => []);
  columns.slot.forEach((slot, at) => {
    if (slot < from) return;
    times.push(slot);
    const phases = hasAnswer(columns.status[at], columns.reason[at]) ? phasesOf(rowAt(columns, at)) : null;
    let sum = 0;
    names.forEach((name, i) => {
      sum += phases ? phases[name] / 1000 : 0;
      layers[i].push(phases ? sum : null);
    });
  });
  return [times, ...layers.reverse()];
}

/** Runs of slots that share a status worth marking: [{status, from, to}], per region. */
export function runsOf(columns, intervalMs, from) {
  const runs = [];
  let open = null;
  columns.slot.forEach((slot, at) => {
    const status = columns.status[at];
    if (slot < from) return;
    if (open && open.status === status && slot - open.to < intervalMs * GAP_INTERVALS) { open.to = slot + intervalMs; return; }
    open = status !== 'up' ? { status, from: slot, to: slot + intervalMs } : null;
    if (open) runs.push(open);
  });
  return runs;
}
