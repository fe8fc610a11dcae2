/** What a person wrote: as text, with its addresses as links. */
import { html } from '../html.js';
import { piecesOf } from '../model/links.js';

export const LinkedText = ({ text }) => piecesOf(text).map((piece) => (piece.href
  ? html`<a href=${piece.href} target="_blank" rel="noopener noreferrer">${piece.text}</a>` : piece.text));
