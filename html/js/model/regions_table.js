/** Pure: regions beside each other: what is compared, and how long the bar of each is. */

const SHARE_MIN = 0.01;

/** Bars are as long as the slowest p95, so that all of them can be compared. */
export const scaleOf = (regions) => Math.max(1, ...regions.map(({ p95 }) => p95 ?? 0));

export const shareOf = (value, scale) => (value === null || value === undefined || value < 0 ? 0 : Math.max(SHARE_MIN, Math.min(1, value / scale)));

/** The fastest by its median, those that measured nothing last. */
export const byMedian = (regions) => [...regions].sort((a, b) => (a.p50 ?? Infinity) - (b.p50 ?? Infinity) || a.region.localeCompare(b.region));

export const successPercent = ({ success_rate: share }) => (share === null || share === undefined ? null : share * 100);

/** "2.1 times as slow as the fastest": only where that is worth a word. */
const SLOWER_FROM = 1.15;
export function slowerWords(region, fastest) {
  if (!(fastest?.p50 > 0) || !(region.p50 > 0) || region === fastest) return '';
  const times = region.p50 / fastest.p50;
  return times < SLOWER_FROM ? '' : `${times < 10 ? times.toFixed(1) : Math.round(times)}\u00a0× the fastest`;
}
