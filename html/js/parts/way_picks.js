/** Ways to be told, each on or off, and whether quiet hours count. */
import { useId } from 'preact/hooks';
import { html } from '../html.js';
import { CRITICAL, WAYS } from '../model/ways.js';
import { CheckField } from './check_field.js';
import { FieldError } from './field.js';

export function WayPicks({ form, label, hint }) {
  const id = useId();
  const fields = form.values.value;
  const error = form.error('ways');
  const pick = (way, on) => { form.set(way, on, ['ways']); form.touch('ways', true); };
  return html`<fieldset class="kinds day-field" aria-describedby=${[hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined}>
      <legend class="field-label">${label}</legend>
      <div class="day-picks">${WAYS.map(([way, name]) => html`<label class="tile" key=${way}>
        <input type="checkbox" name=${way} checked=${fields[way]} aria-invalid=${error ? 'true' : undefined} onChange=${(event) => pick(way, event.currentTarget.checked)} />${name}</label>`)}</div>
      ${hint && html`<p class="field-hint way-hint" id=${`${id}-hint`}>${hint}</p>`}
      <${FieldError} id=${`${id}-error`} error=${error} />
    </fieldset>
    <${CheckField} form=${form} name=${CRITICAL} label="Critical" hint="Quiet hours and silent mode do not hold it back, where the way can do that." />`;
}
