/** A state as a shape: disc with tick, octagon with cross, triangle, broken ring, bars, flat line in a square, question. */
import { html } from '../html.js';
import { stateWord } from '../model/words.js';

const cut = { fill: 'none', stroke: 'var(--mark-cut, var(--sheet))', 'stroke-width': 1.8, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' };

const SHAPES = {
  up: html`<circle cx="10" cy="10" r="8" fill="currentColor" /><path d="M6.4 10.3l2.5 2.5 4.8-5.3" ...${cut} />`,
  down: html`<path d="M6.7 2h6.6L18 6.7v6.6L13.3 18H6.7L2 13.3V6.7L6.7 2Z" fill="currentColor" /><path
    d="M7.2 7.2l5.6 5.6M12.8 7.2l-5.6 5.6" ...${cut} />`,
  degraded: html`<path d="M10 2.2 18.6 17H1.4L10 2.2Z" fill="currentColor" stroke="currentColor" stroke-width="1.5"
    stroke-linejoin="round" /><path d="M10 7.5v4M10 14.2h.01" ...${cut} />`,
  pending: html`<circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" stroke-width="2.2"
    stroke-dasharray="4.4 2.93" />`,
  paused: html`<circle cx="10" cy="10" r="7.2" fill="none" stroke="currentColor" stroke-width="1.7" /><path
    d="M8 7.2v5.6M12 7.2v5.6" fill="none" stroke="currentColor" stroke-width="1.9" stroke-linecap="round" />`,
  silent: html`<rect x="2.6" y="2.6" width="14.8" height="14.8" rx="3.4" fill="none" stroke="currentColor"
    stroke-width="1.8" /><path d="M6.4 10h7.2" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" />`,
  unknown: html`<circle cx="10" cy="10" r="7.2" fill="none" stroke="currentColor" stroke-width="1.7"
    stroke-dasharray="2 2.5" /><path d="M8.3 8.2a1.8 1.8 0 1 1 2.5 1.7c-.5.2-.8.6-.8 1.1v.3M10 13.5h.01" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" />`,
};

/** With no words beside it, give it a label. */
export function Mark({ status, size = 18, label }) {
  const shape = SHAPES[status] ?? SHAPES.unknown;
  return html`<svg class=${`mark mark-${status}`} width=${size} height=${size} viewBox="0 0 20 20"
    role=${label ? 'img' : undefined} aria-label=${label === true ? stateWord(status) : label} aria-hidden=${label ? undefined : 'true'}>${shape}</svg>`;
}

const DOTS = {
  up: html`<circle cx="6" cy="6" r="4.5" fill="currentColor" />`,
  down: html`<path d="M6 .6 11.4 6 6 11.4.6 6 6 .6Z" fill="currentColor" />`,
  degraded: html`<path d="M6 1.2 11.3 10.6H.7L6 1.2Z" fill="currentColor" />`,
  silent: html`<rect x="1.7" y="1.7" width="8.6" height="8.6" rx="2" fill="none" stroke="currentColor"
    stroke-width="1.5" /><path d="M4.3 6h3.4" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" />`,
};
const RING = html`<circle cx="6" cy="6" r="3.9" fill="none" stroke="currentColor" stroke-width="1.5" />`;

/** The small form, for one region among many. */
export function Dot({ status, title }) {
  return html`<svg class=${`mark mark-${status}`} width="12" height="12" viewBox="0 0 12 12" role="img"
    aria-label=${title}>
    <title>${title}</title>${DOTS[status] ?? RING}</svg>`;
}
