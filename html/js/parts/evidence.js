/**
 * Evidence as the agent kept it. All of it came from the target, so it is shown as text and
 * nothing else, whatever its keys or depth.
 */
import { html } from '../html.js';

const DEPTH_MAX = 4;

const NAMES = { body: 'Body', headers: 'Response headers', status: 'HTTP status', certificate: 'Certificate', redirects: 'Redirects', phase: 'Phase reached', error: 'Error', resolver: 'Resolver' };

const named = (key) => NAMES[key] ?? String(key).replaceAll('_', ' ');

export function Evidence({ evidence }) {
  if (typeof evidence !== 'object') return html`<pre class="evidence-text">${String(evidence)}</pre>`;
  return html`<dl class="evidence">
    ${Object.entries(evidence).filter(([, value]) => value !== null && value !== '').map(([key, value]) => html`<div key=${key}><dt>${named(key)}</dt><dd>${shown(value)}</dd></div>`)}
  </dl>`;
}

function shown(value) {
  if (typeof value === 'object') return html`<pre class="evidence-text">${lines(value, DEPTH_MAX).join('\n')}</pre>`;
  const text = String(value);
  return text.length > 60 || text.includes('\n') ? html`<pre class="evidence-text">${text}</pre>` : html`<span class="mono wrap-anywhere">${text}</span>`;
}

/** Lists and maps as lines, "name: value"; pairs of a header list read the same way. */
function lines(value, depth) {
  if (Array.isArray(value)) return value.flatMap((one) => (isPair(one) ? `${one[0]}: ${one[1]}` : line('', one, depth)));
  return Object.entries(value).flatMap(([key, one]) => line(`${key}: `, one, depth));
}

const isPair = (one) => Array.isArray(one) && one.length === 2 && one.every((part) => typeof part === 'string');

function line(head, value, depth) {
  if (value === null || typeof value !== 'object') return `${head}${value}`;
  if (depth === 0 || (!Array.isArray(value) && 'name' in value && 'value' in value)) return 'name' in value ? `${value.name}: ${value.value}` : `${head}…`;
  return lines(value, depth - 1).map((text) => `${head}${text}`);
}
