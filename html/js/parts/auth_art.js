/** The picture beside the forms: the idea of the product, drawn; it claims no numbers. */
import { html } from '../html.js';

const REGIONS = [[70, 70], [330, 52], [372, 210], [60, 236]];
const TARGET = [214, 150];

export function AuthArt() {
  return html`<svg class="auth-art" viewBox="0 0 430 300" fill="none">
    ${[38, 74, 112].map((r) => html`<circle key=${r} cx=${TARGET[0]} cy=${TARGET[1]} r=${r} stroke="currentColor"
      stroke-opacity=".13" />`)}
    ${REGIONS.map(([x, y], i) => html`<g key=${i}>
      <path class=${`beam beam-${i}`} d=${`M${x} ${y} L${TARGET[0]} ${TARGET[1]}`} stroke="currentColor"
        stroke-opacity=".5" stroke-width="1.5" stroke-dasharray="2 6" stroke-linecap="round" />
      <circle cx=${x} cy=${y} r="7" fill="var(--art-fill)" stroke="currentColor" stroke-width="1.6" />
      <circle cx=${x} cy=${y} r="2.6" fill="currentColor" />
    </g>`)}
    <g transform=${`translate(${TARGET[0] - 26} ${TARGET[1] - 26})`}>
      <rect width="52" height="52" rx="13" fill="var(--art-fill)" stroke="currentColor" stroke-width="1.6" />
      <rect x="12" y="14" width="28" height="5.5" rx="2.75" fill="currentColor" />
      <rect x="12" y="23.5" width="18" height="5.5" rx="2.75" fill="var(--art-up)" />
      <rect x="12" y="33" width="23" height="5.5" rx="2.75" fill="currentColor" fill-opacity=".55" />
    </g>
  </svg>
  <p class="auth-line">Watched from many places.<br />Known within seconds.</p>`;
}
