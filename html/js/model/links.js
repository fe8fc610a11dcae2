/** Pure: a text in pieces, of which those with `href` are addresses that a browser may open. */

const ADDRESS = /https?:\/\/[^\s<>"“”]+/g;

/** What ends a sentence is no part of the address in it. */
const AFTER = /[.,;:!?'’)\]]+$/;

const opens = (text) => { try { return Boolean(new URL(text).host); } catch { return false; } };

export function piecesOf(text) {
  const pieces = [];
  let from = 0;
  for (const { 0: found, index } of String(text ?? '').matchAll(ADDRESS)) {
    const address = found.replace(AFTER, '');
    if (!opens(address)) continue;
    if (index > from) pieces.push({ text: text.slice(from, index) });
    pieces.push({ text: address, href: address });
    from = index + address.length;
  }
  if (from < String(text ?? '').length) pieces.push({ text: text.slice(from) });
  return pieces;
}
