/** Recent results of all regions, newest first; a row opens to show what was seen. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { newest } from '../model/ticks.js';
import { ResultRow } from './result_row.js';
import { Segments } from './segments.js';

const STEP = 15;
const WANTED = [['all', 'All'], ['failed', 'Not up']];
const notUp = (columns, at) => columns.status[at] !== 'up';

export function Results({ monitor, ticks }) {
  const shown = useSignal(STEP);
  const wanted = useSignal('all');
  const open = useSignal(null);
  const rows = newest(ticks, shown.value + 1, wanted.value === 'all' ? undefined : notUp);
  const more = rows.length > shown.value;
  const list = rows.slice(0, shown.value);
  const scale = Math.max(1, ...list.map((row) => row.total ?? 0));
  const toggle = (key) => { open.value = open.value === key ? null : key; };
  return html`<section class="panel" aria-label="Recent results">
    <div class="panel-head"><h2>Recent results</h2><${Segments} label="Which results" options=${WANTED}
      value=${wanted.value} onPick=${(one) => { wanted.value = one; }} /></div>
    ${list.length ? html`
      <table class="results">
        <thead><tr><th>Time</th><th>Region</th><th>Result</th><th>Address</th><th>Phases</th><th class="num">Total</th>
          <th><span class="hidden-text">Details</span></th></tr></thead>
        ${list.map((row) => {
          const key = `${row.region} ${row.slot}`;
          return html`<${ResultRow} key=${key} row=${row} scale=${scale} monitor=${monitor}
            open=${open.value === key} onToggle=${() => toggle(key)} />`;
        })}
      </table>
      ${more && html`<p class="more"><button type="button" class="button" onClick=${() => { shown.value += STEP * 2; }}>Show more</button></p>`}`
    : html`<p class="chart-empty">${wanted.value === 'all' ? 'No results in this range yet.' : 'Everything in this range was up.'}</p>`}
  </section>`;
}
