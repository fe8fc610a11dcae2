/**
 * Times that tick with the shared clock; the exact instant is in the title. The words are a
 * signal of their own, so that a second costs a text node where they change and nothing else.
 */
import { useMemo } from 'preact/hooks';
import { computed } from '@preact/signals';
import { html } from '../html.js';
import { now } from '../clock.js';
import { duration, ms, utc, when } from '../format.js';

const JUST_NOW_MS = 1500;

function Ticking({ from, words }) {
  const text = useMemo(() => computed(() => words(now.value - from)), [from]);
  return html`<time datetime=${new Date(from).toISOString()} title=${utc(from)}>${text}</time>`;
}

const agoWords = (passed) => (passed < JUST_NOW_MS ? 'just now' : `${duration(passed)} ago`);

/** "3 min 12 s" since a time. */
export function Since({ time }) {
  const from = ms(time);
  return from === null ? html`<span>–</span>` : html`<${Ticking} from=${from} words=${duration} />`;
}

/** "4 s ago", "just now". */
export function Ago({ time }) {
  const from = ms(time);
  return from === null ? html`<span>never</span>` : html`<${Ticking} from=${from} words=${agoWords} />`;
}

/** The moment itself, in the browser's zone. */
export function At({ time }) {
  const at = ms(time);
  if (at === null) return html`<span>–</span>`;
  return html`<time datetime=${new Date(at).toISOString()} title=${utc(at)}>${when(at)}</time>`;
}
