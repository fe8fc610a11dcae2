/** Request headers, a row each. */
import { html } from '../html.js';
import { FieldError } from './field.js';
import { Icon } from './icon.js';

const HEADERS_MAX = 50;
let fresh = 0;

export function HeadersField({ form }) {
  const rows = form.values.value.request_headers;
  const put = (next) => form.set('request_headers', next);
  const edit = (at, change) => put(rows.map((row, i) => (i === at ? { ...row, ...change } : row)));
  const add = () => put([...rows, { key: `new-${(fresh += 1)}`, name: '', value: '' }]);
  return html`<fieldset class="kinds">
    <legend class="field-label">Request headers</legend>
    ${rows.map((row, i) => html`<div class="header-row" key=${row.key}>
      <input class="input input-mono" aria-label=${`Header ${i + 1} name`} placeholder="Name" value=${row.name}
        spellcheck=${false} autocomplete="off" onInput=${(event) => edit(i, { name: event.currentTarget.value })} />
      <input class="input input-mono" aria-label=${`Header ${i + 1} value`} placeholder="Value" value=${row.value}
        spellcheck=${false} autocomplete="off" onInput=${(event) => edit(i, { value: event.currentTarget.value })} />
      <button type="button" class="button button-quiet button-icon" aria-label=${`Remove header ${row.name || i + 1}`}
        onClick=${() => put(rows.filter((_, at) => at !== i))}><${Icon} name="close" /></button>
    </div>`)}
    ${rows.length < HEADERS_MAX && html`<div><button type="button" class="button button-small" onClick=${add}><${Icon}
      name="plus" size="16" />Add header</button></div>`}
    <${FieldError} error=${form.error('request_headers')} />
  </fieldset>`;
}
