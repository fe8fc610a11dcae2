/** What the past says of a monitor or heartbeat. The code comes when the page has come this far down, the numbers with it. */
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { style } from '../styles.js';
import { useNear } from '../use_near.js';

export function History({ thing, kind }) {
  const { ref, near } = useNear();
  const loaded = useSignal(null);
  const failed = useSignal(false);
  const load = () => {
    failed.value = false;
    Promise.all([import('./history_panels.js'), style('history')]).then(([module]) => { loaded.value = module; }, () => { failed.value = true; });
  };
  useEffect(() => { if (near) load(); }, [near]);
  const module = loaded.value;
  if (module) return html`<${module.HistoryPanels} thing=${thing} kind=${kind} />`;
  return html`<section class="panel" ref=${ref} aria-label="History"><div class="panel-head"><h2>History</h2></div><div class="chart-empty">
    ${failed.value ? html`<p>The history could not be loaded. <button type="button" class="button button-small" onClick=${load}>Try again</button></p>` : html`<span class="skeleton chart-skeleton"></span>`}</div></section>`;
}
