/** The burn-down: what was left of the error budget at the end of each day. Light enough to need no library. */
import { useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { burnDown, dayWords, leftWords } from '../model/slos.js';

const W = 1000;
const H = 200;
const names = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const nameOf = (day) => names.format(Date.parse(`${day}T00:00Z`));

const line = (points) => points.map(({ x, y }, i) => `${i ? 'L' : 'M'}${(x * W).toFixed(1)} ${(y * H).toFixed(1)}`).join('');

export function BudgetChart({ days }) {
  const at = useSignal(null);
  const drawn = useMemo(() => burnDown(days), [days]);
  const { points, zero, bottom } = drawn;
  if (!points.length) return html`<p class="chart-empty">Nothing was measured yet.</p>`;
  const last = Math.max(1, days.length - 1);
  const seek = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const i = Math.round(((event.clientX - box.left) / box.width) * last);
    at.value = points.find((one) => one.i === i) ?? null;
  };
  const step = (by) => { at.value = points[Math.min(points.length - 1, Math.max(0, (at.value ? points.indexOf(at.value) : points.length) + by))]; };
  const onKeyDown = (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, Home: -points.length, End: points.length }[event.key];
    if (!by) return;
    event.preventDefault();
    step(by);
  };
  const one = at.value && points.includes(at.value) ? at.value : null;
  const newest = points.at(-1);
  return html`<div class="budget-chart">
    <div class="budget-scale" aria-hidden="true"><span style=${{ top: 0 }}>100 %</span><span style=${{ top: `${zero * 100}%` }}>0 %</span>
      ${bottom < -0.2 && html`<span style=${{ top: '100%' }}>${Math.round(bottom * 100)} %</span>`}</div>
    <div class="budget-plot" role="slider" tabindex="0" aria-label="Error budget left, day by day" aria-valuemin="0" aria-valuemax=${points.length - 1} aria-valuenow=${points.indexOf(one ?? newest)}
        aria-valuetext=${`${nameOf((one ?? newest).day)}: ${dayWords(one ?? newest)}`} onKeyDown=${onKeyDown} onPointerMove=${seek} onPointerDown=${seek} onPointerLeave=${() => { at.value = null; }} onBlur=${() => { at.value = null; }}>
      <svg viewBox=${`0 0 ${W} ${H}`} preserveAspectRatio="none" aria-hidden="true">
        <clipPath id="budget-over"><rect x="0" y="0" width=${W} height=${zero * H} /></clipPath>
        <clipPath id="budget-under"><rect x="0" y=${zero * H} width=${W} height=${H} /></clipPath>
        <path class="budget-fill" clip-path="url(#budget-over)" d=${`${line(points)}L${newest.x * W} ${zero * H}L${points[0].x * W} ${zero * H}Z`} />
        <path class="budget-fill budget-lost" clip-path="url(#budget-under)" d=${`${line(points)}L${newest.x * W} ${zero * H}L${points[0].x * W} ${zero * H}Z`} />
        <path class="budget-zero" d=${`M0 ${zero * H}H${W}`} />
        <path class="budget-line" d=${line(points)} />
      </svg>
      ${points.map((day) => day.downtime > 0 && html`<span key=${day.day} class="budget-day" style=${{ left: `${day.x * 100}%` }}></span>`)}
      ${one && html`<span class="budget-cursor" style=${{ left: `${one.x * 100}%` }}></span><span class="budget-dot" style=${{ left: `${one.x * 100}%`, top: `${one.y * 100}%` }}></span>
        <p class=${`budget-tip${one.x > 0.5 ? ' budget-tip-left' : ''}`} style=${one.x > 0.5 ? { right: `${(1 - one.x) * 100}%` } : { left: `${one.x * 100}%` }}><b>${nameOf(one.day)}</b> ${dayWords(one)}</p>`}
    </div>
    <p class="budget-ends small faint"><span>${nameOf(days[0].day)}</span><span>${nameOf(days.at(-1).day)}, ${leftWords(newest)} left</span></p>
  </div>`;
}
