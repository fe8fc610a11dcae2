/** How often: the usual intervals, or any whole number of seconds. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { every } from '../format.js';
import { FREQUENCIES_S } from '../model/monitor_fields.js';
import { Field } from './field.js';

const OTHER = 'other';
const LABEL = 'Check frequency';

export function FrequencyField({ form }) {
  const value = form.values.value.check_frequency;
  const free = useSignal(!FREQUENCIES_S.includes(Number(value)));
  const pick = (event) => {
    free.value = event.currentTarget.value === OTHER;
    if (!free.value) form.set('check_frequency', event.currentTarget.value);
  };
  return html`<${Field} label=${LABEL} error=${form.error('check_frequency')}>
    ${(tie) => html`<div class="pair">
      <select class="select" ...${tie} onChange=${pick}>
        ${FREQUENCIES_S.map((s) => html`<option key=${s} value=${s}
          selected=${!free.value && Number(value) === s}>${capital(every(s))}</option>`)}
        <option value=${OTHER} selected=${free.value}>Another interval…</option>
      </select>
      ${free.value && html`<span class="unit"><input class="input" type="number" min="1" max="86400" step="1"
        name="check_frequency" aria-label="Seconds between checks" aria-invalid=${tie['aria-invalid']}
        value=${value} onInput=${(event) => form.set('check_frequency', event.currentTarget.value)} onBlur=${() => form.touch('check_frequency')} /><span>seconds</span></span>`}
    </div>`}
  <//>`;
}

const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);
