/**
 * Pure: percentiles over time as the hub gives them (columns of equal length, microseconds, null
 * where there is nothing) to the aligned arrays that uPlot draws, in milliseconds.
 */

export const QUANTILES = [['p50', 'p50 (half are faster)'], ['p90', 'p90'], ['p95', 'p95'], ['p99', 'p99']];
export const PHASES = [['total', 'Total'], ['dns', 'DNS'], ['connect', 'Connect'], ['tls', 'TLS'], ['first_byte', 'First byte']];
export const ALL = '';

/** Missing steps beyond this many are a hole in the line. */
const GAP_STEPS = 1.5;

const millisOf = (us) => (us === null || us === undefined || us < 0 ? null : us / 1000);

/** The columns of one region by its name, or of all of them. */
export const columnsOf = (found, region) => (region === ALL ? found.all : found.regions.find((one) => one.region === region)) ?? { at: [] };

export const isEmpty = (columns) => !(columns.at ?? []).some((_, i) => (columns.count?.[i] ?? 0) > 0 || (columns.down?.[i] ?? 0) > 0 || (columns.unknown?.[i] ?? 0) > 0);

/** Times and one row for each of these columns' names, with a null set into each hole. */
export function bandData(columns, names, stepMs) {
  const times = [];
  const rows = names.map(() => []);
  columns.at.forEach((at, i) => {
    if (times.length && at - times.at(-1) > stepMs * GAP_STEPS) {
      times.push(times.at(-1) + stepMs);
      rows.forEach((row) => row.push(null));
    }
    times.push(at);
    names.forEach((name, k) => rows[k].push(millisOf(columns[name]?.[i])));
  });
  return [times, ...rows];
}

/** Several regions by one quantile, over one shared axis of time. */
export function regionData(regions, name, stepMs) {
  const lists = regions.map((columns) => bandData(columns, [name], stepMs));
  const times = [...new Set(lists.flatMap(([own]) => own))].sort((a, b) => a - b);
  const index = new Map(times.map((time, i) => [time, i]));
  return [times, ...lists.map(([own, row]) => {
    const spread = new Array(times.length).fill(undefined);
    own.forEach((time, i) => { spread[index.get(time)] = row[i]; });
    for (let i = 1; i < spread.length; i += 1) if (spread[i] === undefined && spread[i - 1] === null) spread[i] = null;
    return spread;
  })];
}

/** Steps with failures, joined where they touch: [{status, from, to}], as down_bands.js draws them. */
export function failuresOf(columns, stepMs) {
  const runs = [];
  columns.at.forEach((at, i) => {
    const status = (columns.down?.[i] ?? 0) > 0 ? 'down' : (columns.degraded?.[i] ?? 0) > 0 ? 'degraded' : null;
    const last = runs.at(-1);
    if (!status) return;
    if (last && last.status === status && at - last.to < stepMs / 2) last.to = at + stepMs;
    else runs.push({ status, from: at, to: at + stepMs });
  });
  return runs;
}

/** The index of the step in which a moment is; -1 if none is. */
export function stepAt(columns, time, stepMs) {
  const { at } = columns;
  let [low, high] = [0, at.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at[middle] <= time) low = middle + 1;
    else high = middle;
  }
  return low > 0 && time - at[low - 1] < stepMs ? low - 1 : -1;
}

const STEPS = [[3600, 'hour'], [86_400, 'day'], [604_800, 'week']];

/** "an hour", "6 hours", "a day": what one point of the chart is. */
export function stepWords(seconds) {
  for (const [length, name] of [...STEPS].reverse()) {
    if (seconds % length === 0) return seconds === length ? `${name === 'hour' ? 'an' : 'a'} ${name}` : `${seconds / length} ${name}s`;
  }
  return seconds % 60 === 0 ? `${seconds / 60} minutes` : `${seconds} seconds`;
}

const LOOKED_AT = 300;

/** How far apart results were then, which need not be how far apart they are now: the median of what is there. */
export function intervalOf(regions, nowMs) {
  const gaps = regions.flatMap(({ slot }) => slot.slice(1, LOOKED_AT).map((one, i) => one - slot[i])).filter((gap) => gap > 0).sort((a, b) => a - b);
  return gaps.length ? gaps[gaps.length >> 1] : nowMs;
}
