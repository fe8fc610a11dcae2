/** What lies under the pointer: the time, and each region's result nearest to it. */
import { html } from '../html.js';
import { micros, utc, when } from '../format.js';
import { hasAnswer } from '../model/answer.js';
import { placeFor, rowAt } from '../model/ticks.js';
import { stateWord } from '../model/states.js';

const REACH_INTERVALS = 1.2;
const EDGE_PX = 130;

/** Sets `tip` as the pointer moves; cleared when it leaves. */
export const tipHook = (tip) => (plot) => {
  const { left } = plot.cursor;
  const inside = left !== undefined && left >= 0;
  const edge = plot.bbox.left / devicePixelRatio;
  tip.value = inside ? { time: plot.posToVal(left, 'x'), left: left + edge, width: plot.width } : null;
};

/** The row whose slot is nearest to the time, if it is near at all. */
export function nearest(columns, time, intervalMs) {
  const after = placeFor(columns.slot, time);
  const best = [after - 1, after].filter((at) => at >= 0 && at < columns.slot.length)
    .sort((a, b) => Math.abs(columns.slot[a] - time) - Math.abs(columns.slot[b] - time))[0];
  if (best === undefined || Math.abs(columns.slot[best] - time) > intervalMs * REACH_INTERVALS) return null;
  return rowAt(columns, best);
}

const says = (row) => (hasAnswer(row.status, row.reason) ? micros(row.total) : row.text ?? stateWord(row.status));

export function PlotTip({ tip, regions, intervalMs, swatch, detail }) {
  const at = tip.value;
  if (!at) return null;
  const rows = regions.map((columns, i) => ({ row: nearest(columns, at.time, intervalMs), i })).filter(({ row }) => row);
  if (!rows.length) return null;
  const left = Math.min(Math.max(at.left, EDGE_PX), Math.max(EDGE_PX, at.width - EDGE_PX));
  const slot = rows[0].row.checked_at ?? rows[0].row.slot;
  return html`<div class="tip" style=${{ left: `${left}px` }}>
    <p class="tip-time" title=${utc(slot)}>${when(slot)}</p>
    ${rows.map(({ row, i }) => html`<p key=${row.region} class=${`tip-row${row.status === 'down' ? ' word state-down' : ''}`}>
      ${swatch?.(i)}<span>${row.region}</span><b>${says(row)}</b></p>`)}
    ${detail?.(rows[0].row)}
  </div>`;
}
