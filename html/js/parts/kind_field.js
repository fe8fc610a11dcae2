/** What kind of thing is watched: a tile each in groups, and for websites which answer counts as up. */
import { html } from '../html.js';
import { ANSWERS, GROUPS, KINDS, kindWords, tileOf } from '../model/kinds.js';
import { withKind } from '../model/monitor_fields.js';
import { FieldError } from './field.js';

const pick = (form, kind) => { for (const [name, value] of Object.entries(withKind(form.values.peek(), kind))) if (form.values.peek()[name] !== value) form.set(name, value); };

export function KindField({ form }) {
  const kind = form.values.value.monitor_type;
  const tile = tileOf(kind);
  return html`<fieldset class="kinds">
    <legend class="field-label">What to watch</legend>
    <div class="tiles">
      ${GROUPS.map(([name, tiles]) => html`<div class="tile-group" key=${name}>
        <span class="tile-group-name" aria-hidden="true">${name}</span>
        ${tiles.map((one) => html`<label class="tile" key=${one}>
          <input type="radio" name="kind" value=${one} checked=${tile === one}
            onChange=${() => pick(form, one === 'web' ? 'status' : one)} />${KINDS[one].title}</label>`)}
      </div>`)}
    </div>
    <p class="field-hint" aria-live="polite">${kindWords(kind).hint}</p>
    <${FieldError} error=${form.error('monitor_type')} />
  </fieldset>`;
}

export function AnswerField({ form }) {
  const kind = form.values.value.monitor_type;
  return html`<fieldset class="kinds">
    <legend class="field-label">Counts as up when</legend>
    <div class="kind-cards">
      ${Object.entries(ANSWERS).map(([name, words]) => html`<label key=${name} class="kind">
        <input type="radio" name="monitor_type" value=${name} checked=${kind === name}
          onChange=${() => pick(form, name)} />
        <span class="kind-title">${words.title}</span><span class="field-hint">${words.hint}</span>
      </label>`)}
    </div>
  </fieldset>`;
}
