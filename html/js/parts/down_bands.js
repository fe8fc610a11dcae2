/** Draws behind the lines where a region saw the target down or degraded (each with a foot of its own) or nothing was measured (hatched). */
import { colour } from '../theme.js';

const WIDTH_MIN_PX = 2;
const HATCH_PX = 7;
const FOOT_PX = 4;

/** runs() gives [{status, from, to}] over all regions. */
export function downBands(runs) {
  return (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const run of runs()) {
      const left = plot.valToPos(run.from, 'x', true);
      const width = Math.max(WIDTH_MIN_PX * devicePixelRatio, plot.valToPos(run.to, 'x', true) - left);
      if (run.status === 'down') drawBand(ctx, bbox, left, width, 'down-solid', 1);
      else if (run.status === 'degraded') drawBand(ctx, bbox, left, width, 'degraded-solid', 0.8);
      else hatch(ctx, bbox, left, width);
    }
    ctx.restore();
  };
}

/** Only the feet: of steps in which some checks failed, while most may have been well. */
export function downFeet(runs) {
  return (plot) => {
    const { ctx, bbox } = plot;
    const foot = FOOT_PX * devicePixelRatio;
    ctx.save();
    for (const run of runs()) {
      const left = Math.max(bbox.left, plot.valToPos(run.from, 'x', true));
      const right = Math.min(bbox.left + bbox.width, plot.valToPos(run.to, 'x', true));
      if (right < bbox.left || left > bbox.left + bbox.width) continue;
      ctx.fillStyle = colour(run.status === 'down' ? 'down-solid' : 'degraded-solid');
      ctx.fillRect(left, bbox.top + bbox.height - foot, Math.max(WIDTH_MIN_PX * devicePixelRatio, right - left), foot);
    }
    ctx.restore();
  };
}

function drawBand(ctx, bbox, left, width, name, strength) {
  ctx.fillStyle = colour(name);
  ctx.globalAlpha = 0.13 * strength;
  ctx.fillRect(left, bbox.top, width, bbox.height);
  ctx.globalAlpha = 1;
  const foot = FOOT_PX * devicePixelRatio;
  ctx.fillRect(left, bbox.top + bbox.height - foot, width, foot);
}

function hatch(ctx, bbox, left, width) {
  ctx.strokeStyle = colour('hairline-strong');
  ctx.lineWidth = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, bbox.top, width, bbox.height);
  ctx.clip();
  ctx.beginPath();
  const step = HATCH_PX * devicePixelRatio;
  for (let x = left - bbox.height; x < left + width; x += step) {
    ctx.moveTo(x, bbox.top + bbox.height);
    ctx.lineTo(x + bbox.height, bbox.top);
  }
  ctx.stroke();
  ctx.restore();
}
