/**
 * Evidence as the agent kept it. All of it came from the target, so it is shown as text and
 * nothing else, whatever its keys or depth.
 */
import { html } from '../html.js';
import { micros } from '../format.js';

const DEPTH_MAX = 4;
const SHORT_CHARS = 60;

const NAMES = {
  phase: 'Phase reached', headers: 'Response headers', body: 'Start of the body', detail: 'What the agent says',
};

/** The facts above the evidence say these already. */
const ELSEWHERE = new Set(['address', 'port', 'http_status', 'first_attempt', 'measured']);

const named = (key) => NAMES[key] ?? String(key).replaceAll('_', ' ');

/** told: members that are shown elsewhere already. */
export function Evidence({ evidence, told = [] }) {
  if (typeof evidence !== 'object') return html`<pre class="evidence-text" tabindex="0">${String(evidence)}</pre>`;
  const entries = Object.entries(evidence).filter(([key, value]) => value !== null && value !== '' && !ELSEWHERE.has(key) && !told.includes(key));
  if (!entries.length) return null;
  return html`<dl class="evidence">${entries.map(([key, value]) => html`<div key=${key}><dt>${named(key)}</dt>
    <dd>${shown(value)}</dd></div>`)}</dl>`;
}

function shown(value) {
  const text = typeof value === 'object' ? linesOf(value, DEPTH_MAX).join('\n') : String(value);
  const short = text.length <= SHORT_CHARS && !text.includes('\n');
  return short ? html`<span class="mono wrap-anywhere">${text}</span>` : html`<pre class="evidence-text"
    tabindex="0">${text}</pre>`;
}

/** Lists and maps as lines, "name: value". */
function linesOf(value, depth) {
  if (Array.isArray(value)) return value.flatMap((one) => lines('', one, depth));
  return Object.entries(value).flatMap(([key, one]) => (key === 'phases' ? phases(one) : lines(`${key.replaceAll('_', ' ')}: `, one, depth)));
}

function lines(head, value, depth) {
  if (value === null || typeof value !== 'object') return [`${head}${value}`];
  if (depth === 0) return [`${head}…`];
  return linesOf(value, depth - 1).map((text) => `${head}${text}`);
}

/** Phases come in microseconds. */
function phases(value) {
  return Object.entries(value ?? {}).filter(([, us]) => us >= 0 && us !== null).map(([name, us]) => `${name.replaceAll('_', ' ')}: ${micros(us)}`);
}
