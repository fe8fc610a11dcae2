/** Assertions, a row each: which part of the answer, compared how, with what. */
import { html } from '../html.js';
import { SOURCES, operatorsOf, propertyWords, takesProperty, takesValue, withSource } from '../model/assertions.js';
import { FieldError } from './field.js';
import { Icon } from './icon.js';

const ASSERTIONS_MAX = 20;
let fresh = 0;

const Options = ({ options, value }) => options.map(([one, words]) => html`<option key=${one} value=${one}
  selected=${one === value}>${words}</option>`);

export function AssertionsField({ form }) {
  const rows = form.values.value.assertions;
  const put = (next) => form.set('assertions', next);
  const edit = (at, change) => put(rows.map((row, i) => (i === at ? { ...row, ...change } : row)));
  const add = () => put([...rows, { key: `new-${(fresh += 1)}`, source: 'json', property: '', operator: 'equals', value: '' }]);
  return html`<fieldset class="kinds">
    <legend class="field-label">The answer must also</legend>
    ${rows.length === 0 && html`<p class="field-hint">For instance: JSON <code>.status</code> equals “ok”, or the header Content-Type contains “json”.</p>`}
    ${rows.map((row, i) => html`<${Row} key=${row.key} row=${row} at=${i} onEdit=${(change) => edit(i, change)}
      onSource=${(source) => put(rows.map((one, n) => (n === i ? withSource(one, source) : one)))}
      onRemove=${() => put(rows.filter((_, n) => n !== i))} onLeave=${() => form.touch('assertions')} />`)}
    ${rows.length < ASSERTIONS_MAX && html`<div><button type="button" class="button button-small" onClick=${add}><${Icon}
      name="plus" size="16" />Add assertion</button></div>`}
    <${FieldError} error=${form.error('assertions')} />
  </fieldset>`;
}

function Row({ row, at, onEdit, onSource, onRemove, onLeave }) {
  const [property, example] = propertyWords[row.source] ?? [];
  const name = `Assertion ${at + 1}`;
  return html`<div class="assertion-row">
    <select class="select" aria-label=${`${name} looks at`} onChange=${(event) => onSource(event.currentTarget.value)}>
      <${Options} options=${SOURCES} value=${row.source} /></select>
    ${takesProperty(row.source) && html`<input class="input input-mono" aria-label=${`${name} ${property}`} placeholder=${example}
      value=${row.property} spellcheck=${false} autocomplete="off" autocapitalize="none"
      onInput=${(event) => onEdit({ property: event.currentTarget.value })} onBlur=${onLeave} />`}
    <select class="select" aria-label=${`${name} operator`} onChange=${(event) => onEdit({ operator: event.currentTarget.value })}>
      <${Options} options=${operatorsOf(row.source)} value=${row.operator} /></select>
    ${takesValue(row.operator) && html`<input class="input input-mono" aria-label=${`${name} value`} placeholder="Value"
      value=${row.value} spellcheck=${false} autocomplete="off" autocapitalize="none"
      onInput=${(event) => onEdit({ value: event.currentTarget.value })} onBlur=${onLeave} />`}
    <button type="button" class="button button-quiet button-icon" aria-label=${`Remove assertion ${at + 1}`}
      onClick=${onRemove}><${Icon} name="close" /></button>
  </div>`;
}
