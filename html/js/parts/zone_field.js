/** A time zone by its name, with the names there are to choose from. */
import { useId, useMemo } from 'preact/hooks';
import { html } from '../html.js';
import { now } from '../clock.js';
import { isZone, timeText, wallOf, zones } from '../model/zoned.js';
import { Field } from './field.js';

export function ZoneField({ form, name, label = 'Time zone' }) {
  const list = useId();
  const names = useMemo(zones, []);
  const value = form.values.value[name];
  const hint = isZone(value) ? `It is ${timeText(wallOf(now.value, value))} there now.` : undefined;
  return html`<${Field} label=${label} hint=${hint} error=${form.error(name)}>
    ${(tie) => html`<input class="input" type="text" name=${name} ...${tie} list=${list} autocomplete="off" autocapitalize="none" spellcheck=${false}
        placeholder="Europe/Berlin" value=${value} onInput=${(event) => form.set(name, event.currentTarget.value.trim())} onBlur=${() => form.touch(name)} />
      <datalist id=${list}>${names.map((one) => html`<option key=${one} value=${one} />`)}</datalist>`}
  <//>`;
}
