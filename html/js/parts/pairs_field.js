/** Names with values, a row each: headers of a request, labels of an alert. */
import { html } from '../html.js';
import { FieldError } from './field.js';
import { Icon } from './icon.js';

const ROWS_MAX = 20;
let fresh = 0;

/** what: one of them, "header". */
export function PairsField({ form, name, label, hint, what }) {
  const rows = form.values.value[name];
  const put = (next) => form.set(name, next);
  const edit = (at, change) => put(rows.map((row, i) => (i === at ? { ...row, ...change } : row)));
  const add = () => put([...rows, { key: `new-pair-${(fresh += 1)}`, name: '', value: '' }]);
  const input = (row, i, part, words) => html`<input class="input input-mono" aria-label=${`${label} ${i + 1}, ${part}`} placeholder=${words} value=${row[part]}
    spellcheck=${false} autocomplete="off" autocapitalize="none" onInput=${(event) => edit(i, { [part]: event.currentTarget.value })} onBlur=${() => form.touch(name)} />`;
  return html`<fieldset class="kinds">
    <legend class="field-label">${label} <span class="optional">optional</span></legend>
    ${hint && html`<p class="field-hint">${hint}</p>`}
    ${rows.map((row, i) => html`<div class="header-row" key=${row.key}>
      ${input(row, i, 'name', 'Name')}${input(row, i, 'value', 'Value')}
      <button type="button" class="button button-quiet button-icon" aria-label=${`Remove ${what} ${row.name || i + 1}`}
        onClick=${() => put(rows.filter((_, at) => at !== i))}><${Icon} name="close" /></button>
    </div>`)}
    ${rows.length < ROWS_MAX && html`<div><button type="button" class="button button-small" onClick=${add}><${Icon} name="plus" size="16" />Add ${what}</button></div>`}
    <${FieldError} error=${form.error(name)} />
  </fieldset>`;
}
