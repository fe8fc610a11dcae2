/** Times that tick with the shared clock; the exact instant is in the title. */
import { html } from '../html.js';
import { now } from '../clock.js';
import { duration, ms, utc, when } from '../format.js';

/** "3 min 12 s" since a time. */
export function Since({ time, suffix = '' }) {
  const from = ms(time);
  if (from === null) return html`<span>–</span>`;
  return html`<time datetime=${new Date(from).toISOString()} title=${utc(from)}>${duration(now.value - from)}${suffix}</time>`;
}

/** "4 s ago", "just now". */
export function Ago({ time }) {
  const from = ms(time);
  if (from === null) return html`<span>never</span>`;
  const words = now.value - from < 1500 ? 'just now' : `${duration(now.value - from)} ago`;
  return html`<time datetime=${new Date(from).toISOString()} title=${utc(from)}>${words}</time>`;
}

/** The moment itself, in the browser's zone. */
export function At({ time }) {
  const at = ms(time);
  if (at === null) return html`<span>–</span>`;
  return html`<time datetime=${new Date(at).toISOString()} title=${utc(at)}>${when(at)}</time>`;
}
