/** A state as its shape (model/states.js): large beside words, or as a small dot for one region among many. */
import { html } from '../html.js';
import { dotOf, markOf, stateWord } from '../model/states.js';

const round = { fill: 'none', 'stroke-linecap': 'round', 'stroke-linejoin': 'round' };

const layers = ({ fill, line, ring, dash, cut }, width) => html`
  ${fill && html`<path d=${fill} fill="currentColor" />`}
  ${ring && html`<path d=${ring} fill="none" stroke="currentColor" stroke-width=${width * 1.15} stroke-dasharray=${dash} />`}
  ${line && html`<path d=${line} stroke="currentColor" stroke-width=${width} ...${round} />`}
  ${cut && html`<path d=${cut} stroke="var(--mark-cut, var(--sheet))" stroke-width=${width} ...${round} />`}`;

/** With no words beside it, give it a label: true for its own word. */
export function Mark({ status, size = 18, label }) {
  return html`<svg class=${`mark state-${status}`} width=${size} height=${size} viewBox="0 0 20 20"
    role=${label ? 'img' : undefined} aria-label=${label === true ? stateWord(status) : label}
    aria-hidden=${label ? undefined : 'true'}>${layers(markOf(status), 1.8)}</svg>`;
}

export function Dot({ status, title }) {
  return html`<svg class=${`mark state-${status}`} width="12" height="12" viewBox="0 0 12 12" role="img"
    aria-label=${title}><title>${title}</title>${layers(dotOf(status), 1.5)}</svg>`;
}

/** The word of a state, in its colour. */
export const StateWord = ({ status, children }) => html`<span class=${`word state-${status}`}>${children ?? stateWord(status)}</span>`;
