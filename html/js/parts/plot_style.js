/** What both charts share: axes, grid, scales and how numbers read on them. */
import { colour } from '../theme.js';
import { millis } from '../format.js';

const FONT = '12px "Hanken Grotesk", system-ui, sans-serif';
const FLOOR_MS = 5;

const minutes = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const days = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

const months = new Intl.DateTimeFormat(undefined, { month: 'short', year: 'numeric' });

/** Where months lie between the marks, a mark is a month. */
const MONTH_MS = 27 * 86_400_000;

/** Midnight shows its day, everything else the time of day; over years the first of a month shows its year. */
function timeLabels(_plot, splits) {
  const wide = splits.length > 1 && splits[1] - splits[0] >= MONTH_MS;
  return splits.map((time) => {
    const date = new Date(time);
    if (wide) return months.format(date);
    return date.getHours() === 0 && date.getMinutes() === 0 ? days.format(date) : minutes.format(date);
  });
}

const shortMs = (value) => (value === 0 ? '0' : millis(value).replace(/\.0+ /, ' '));

export function axes() {
  const stroke = colour('ink-faint');
  const grid = { stroke: colour('hairline'), width: 1 };
  return [
    { stroke, font: FONT, grid: { show: false }, ticks: { show: false }, values: timeLabels, space: 72, size: 30 },
    { stroke, font: FONT, grid, ticks: { show: false }, size: 58, gap: 8, values: (_plot, splits) => splits.map(shortMs), space: 36 },
  ];
}

/** Time across; response time up from zero, with air above. */
export const scales = () => ({
  x: { time: true, auto: false },
  y: { range: (_plot, _min, max) => [0, Math.max(FLOOR_MS, (max || 0) * 1.12)] },
});

export const cursor = () => ({ drag: { x: false, y: false }, points: { show: false }, y: false });

/** The same where a stretch may be drawn over with the pointer, to look at it closer. */
export const zoomCursor = () => ({ ...cursor(), drag: { x: true, y: false, setScale: false, dist: ZOOM_FROM_PX } });

const ZOOM_FROM_PX = 6;

/** onZoom(from, to) when such a stretch was drawn. */
export const zoomHook = (onZoom) => (plot) => {
  const { left, width } = plot.select;
  if (width < ZOOM_FROM_PX) return;
  plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  onZoom(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
};
