/** What a window covers: every monitor, or monitors and heartbeats picked by name. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { useLoad } from '../use_load.js';
import { readAll } from '../use_resources.js';
import { FieldError } from './field.js';

const SHOWN_MAX = 100;

/** [{kind, id, name, more}] of everything that can be chosen. */
async function readThings(signal) {
  const [monitors, heartbeats] = await Promise.all([readAll('/monitors', signal), readAll('/heartbeats', signal)]);
  return [
    ...monitors.map((one) => ({ kind: 'monitor_ids', id: one.id, name: one.pronounceable_name, more: one.url })),
    ...heartbeats.map((one) => ({ kind: 'heartbeat_ids', id: one.id, name: one.name, more: 'Heartbeat' })),
  ].sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
}

export function ScopeField({ form }) {
  const things = useLoad(readThings, []).value.data;
  const fields = form.values.value;
  return html`<fieldset class="kinds">
    <legend class="field-label">For</legend>
    <label class="check"><input type="radio" name="scope" checked=${fields.all_monitors} onChange=${() => form.set('all_monitors', true)} />
      <span class="check-text">Every monitor, also those added later</span></label>
    <label class="check"><input type="radio" name="scope" checked=${!fields.all_monitors} onChange=${() => form.set('all_monitors', false)} />
      <span class="check-text">Only these</span></label>
    <${Picker} form=${form} fields=${fields} things=${things?.filter((one) => !fields.all_monitors || one.kind === 'heartbeat_ids')} />
    <${FieldError} error=${form.error('monitor_ids') ?? form.error('heartbeat_ids')} />
  </fieldset>`;
}

function Picker({ form, fields, things }) {
  const words = useSignal('');
  if (!things) return html`<span class="skeleton"></span>`;
  if (fields.all_monitors && !things.length) return null;
  const needles = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = things.filter((one) => needles.every((needle) => `${one.name} ${one.more}`.toLowerCase().includes(needle)));
  const chosen = things.filter((one) => fields[one.kind].includes(one.id)).length;
  const toggle = ({ kind, id }) => form.set(kind, fields[kind].includes(id) ? fields[kind].filter((one) => one !== id) : [...fields[kind], id]);
  return html`<div class="picker">
    <div class="picker-head"><input class="input" type="search" aria-label="Search by name or address" placeholder="Search by name or address" value=${words.value}
      autocomplete="off" spellcheck=${false} onInput=${(event) => { words.value = event.currentTarget.value; }}
      onKeyDown=${(event) => { if (event.key === 'Enter') event.preventDefault(); }} />
      <span class="soft small" aria-live="polite">${chosen.toLocaleString()} chosen</span></div>
    <ul class="picker-list" aria-label=${fields.all_monitors ? 'Heartbeats, too' : 'Monitors and heartbeats'} tabindex="0">
      ${found.slice(0, SHOWN_MAX).map((one) => html`<li key=${`${one.kind} ${one.id}`}><label class="check">
        <input type="checkbox" checked=${fields[one.kind].includes(one.id)} onChange=${() => toggle(one)} />
        <span class="check-text"><span>${one.name}</span><span class="field-hint wrap-anywhere">${one.more}</span></span></label></li>`)}
      ${!found.length && html`<li class="faint small picker-none">${things.length ? 'Nothing matches.' : 'There is no monitor and no heartbeat yet.'}</li>`}
      ${found.length > SHOWN_MAX && html`<li class="faint small picker-none">${(found.length - SHOWN_MAX).toLocaleString()} more: search by name.</li>`}
    </ul>
  </div>`;
}
