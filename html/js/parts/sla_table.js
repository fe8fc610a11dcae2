/** Availability of many monitors: a table on wide screens, a card each on small ones. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { levelOf } from '../model/availability.js';
import { COLUMNS } from '../model/sla_table.js';
import { Icon } from './icon.js';

const STEP = 100;

export function SlaTable({ rows, order, onOrder }) {
  const shown = useSignal(STEP);
  const rest = rows.length - shown.value;
  return html`<div class="panel sla-panel">
    <label class="sla-sort">Sort by <select class="select select-small" value=${order.by} onChange=${(event) => onOrder(event.currentTarget.value)}>
      ${COLUMNS.map(([key, title]) => html`<option key=${key} value=${key} selected=${key === order.by}>${title}</option>`)}</select></label>
    <table class="sla-table">
      <thead><tr>${COLUMNS.map(([key, title]) => html`<${Head} key=${key} column=${key} title=${title} order=${order} onOrder=${onOrder} />`)}</tr></thead>
      <tbody>${rows.slice(0, shown.value).map((row) => html`<${Row} key=${row.id} row=${row} />`)}</tbody>
    </table></div>
    ${rest > 0 && html`<p class="more"><button type="button" class="button" onClick=${() => { shown.value += STEP; }}>Show ${Math.min(rest, STEP)} more</button>
      <span class="faint small">${shown.value.toLocaleString()} of ${rows.length.toLocaleString()} shown</span></p>`}`;
}

function Head({ column, title, order, onOrder }) {
  const on = order.by === column;
  return html`<th scope="col" aria-sort=${on ? (order.down ? 'descending' : 'ascending') : undefined}><button type="button" onClick=${() => onOrder(column)}>${title}<span
    class=${`sort-sign${on ? ' sort-on' : ''}${on && order.down ? ' sort-down' : ''}`}><${Icon} name="up" size="14" /></span></button></th>`;
}

const NOTHING = ['none', '–', '0'];

function Row({ row }) {
  return html`<tr>${COLUMNS.map(([key, title, words]) => {
    if (key === 'name') return html`<th scope="row" key=${key}><a href=${`/monitors/${row.id}`}>${row.name}</a></th>`;
    const text = words(row[key]);
    if (key === 'availability') return html`<td key=${key} class="sla-share" data-title=${title}><span class=${`level level-${levelOf(row[key])}`} aria-hidden="true"></span><b>${text}</b></td>`;
    return html`<td key=${key} data-title=${title} class=${NOTHING.includes(text) ? 'sla-nothing' : ''}>${text}</td>`;
  })}</tr>`;
}
