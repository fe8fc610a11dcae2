/** Pieces of a sentence (model/policy.js) as text; what matters stands out. */
import { html } from '../html.js';

export const PolicySentence = ({ pieces }) => pieces.map((piece, i) => (piece.b === undefined ? piece : html`<b key=${i}>${piece.b}</b>`));
