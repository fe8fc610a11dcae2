/** Which answer counts as up: the kinds as cards, and the one field that the chosen kind needs. */
import { html } from '../html.js';
import { KINDS } from '../model/words.js';
import { takesKeyword } from '../model/monitor_fields.js';
import { FieldError } from './field.js';
import { TextField } from './text_field.js';

export function KindField({ form }) {
  const kind = form.values.value.monitor_type;
  return html`<fieldset class="kinds">
    <legend class="field-label">Counts as up when</legend>
    <div class="kind-cards">
      ${Object.entries(KINDS).map(([name, words]) => html`<label key=${name} class="kind">
        <input type="radio" name="monitor_type" value=${name} checked=${kind === name}
          onChange=${() => form.set('monitor_type', name)} />
        <span class="kind-title">${words.title}</span><span class="field-hint">${words.hint}</span>
      </label>`)}
    </div>
    <${FieldError} error=${form.error('monitor_type')} />
    ${kind === 'expected_status_code' && html`<${TextField} form=${form} name="expected_status_codes"
      label="Status codes" mono inputmode="text" placeholder="200, 204, 301"
      hint="Separate several with commas." />`}
    ${takesKeyword(kind) && html`<${TextField} form=${form} name="required_keyword"
      label=${kind === 'keyword' ? 'Text that must be there' : 'Text that must not be there'} autocomplete="off" spellcheck=${false} />`}
  </fieldset>`;
}
