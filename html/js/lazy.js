/**
 * Views that only some visits need: fetched when they are first shown, or ahead of time once the
 * page has nothing else to do, so that the first page stays small.
 */
import { useEffect } from 'preact/hooks';
import { signal } from '@preact/signals';
import { html } from './html.js';
import { LoadProblem } from './parts/load_problem.js';
import { style } from './styles.js';

const IDLE_MS = 2000;
const waiting = [];

/** load() is an import(); the view is what it exports by that name, its stylesheets those of css/ by theirs. */
export function lazy(load, name, ...styles) {
  const state = signal({ view: null, problem: null });
  let under = null;
  const fetch = () => { under ??= Promise.all([load(), ...styles.map(style)]).then(([module]) => { state.value = { view: module[name] }; }, () => {
    under = null;
    state.value = { problem: { message: 'This page could not be loaded. Reload to try again.' } };
  }); };
  waiting.push(fetch);
  return (props) => {
    const { view: View, problem } = state.value;
    useEffect(fetch, []);
    useEffect(() => { if (View) focusWanted(); }, [View]);
    if (View) return html`<${View} ...${props} />`;
    return html`<div class="page" aria-busy=${problem ? undefined : 'true'}>${problem && html`<${LoadProblem} problem=${problem} />`}</div>`;
  };
}

/** A view that comes late still starts where it wants to, unless the person has gone somewhere meanwhile. */
function focusWanted() {
  const main = document.querySelector('main');
  if (document.activeElement === main || document.activeElement === document.body) main?.querySelector('[autofocus]')?.focus({ preventScroll: true });
}

/** Fetches every lazy view when the browser is idle. */
export function fetchLater() {
  const start = () => waiting.splice(0).forEach((fetch) => fetch());
  if (globalThis.requestIdleCallback) requestIdleCallback(start, { timeout: IDLE_MS * 5 });
  else setTimeout(start, IDLE_MS);
}
