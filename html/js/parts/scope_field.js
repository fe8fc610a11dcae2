/** What a window covers: every monitor, or monitors and heartbeats chosen by name. */
import { html } from '../html.js';
import { useLoad } from '../use_load.js';
import { readAll } from '../use_resources.js';
import { Chooser } from './chooser.js';
import { Field } from './field.js';

const MONITOR = 'monitor_ids';
const HEARTBEAT = 'heartbeat_ids';

/** Two lists have the same ids: which of them comes first. */
const keyOf = (list) => (id) => `${list} ${id}`;
const idsOf = (keys, list) => keys.filter((key) => key.startsWith(`${list} `)).map((key) => key.slice(list.length + 1));

/** Everything that can be chosen. */
async function readThings(signal) {
  const [monitors, heartbeats] = await Promise.all([readAll('/monitors', signal), readAll('/heartbeats', signal)]);
  return [
    ...monitors.map((one) => ({ id: keyOf(MONITOR)(one.id), name: one.pronounceable_name, more: one.url })),
    ...heartbeats.map((one) => ({ id: keyOf(HEARTBEAT)(one.id), name: one.name, more: 'Heartbeat' })),
  ];
}

export function ScopeField({ form }) {
  const things = useLoad(readThings, []).value.data;
  const fields = form.values.value;
  const all = fields.all_monitors;
  const offered = all ? things?.filter((one) => one.id.startsWith(HEARTBEAT)) : things;
  const value = [...(all ? [] : fields[MONITOR].map(keyOf(MONITOR))), ...fields[HEARTBEAT].map(keyOf(HEARTBEAT))];
  const put = (keys) => {
    if (!all) form.set(MONITOR, idsOf(keys, MONITOR));
    form.set(HEARTBEAT, idsOf(keys, HEARTBEAT));
  };
  return html`<fieldset class="kinds">
      <legend class="field-label">For</legend>
      <label class="check"><input type="radio" name="scope" checked=${all} onChange=${() => form.set('all_monitors', true)} />
        <span class="check-text">Every monitor, also those added later</span></label>
      <label class="check"><input type="radio" name="scope" checked=${!all} onChange=${() => form.set('all_monitors', false)} />
        <span class="check-text">Only these</span></label>
    </fieldset>
    ${!(all && things && !offered.length && !value.length) && html`<${Field} label=${all ? 'And these heartbeats' : 'Monitors and heartbeats'} optional=${all}
        error=${form.error(MONITOR) ?? form.error(HEARTBEAT)}>
      ${(tie) => html`<${Chooser} tie=${tie} things=${offered} what=${all ? 'heartbeat' : 'monitor or heartbeat'} value=${value} onChange=${put} />`}
    <//>`}`;
}
