/** Chooses monitors by name; the rest is as a Chooser has it. */
import { useComputed } from '@preact/signals';
import { html } from '../html.js';
import { loadMonitors } from '../load_monitors.js';
import { roster } from '../store.js';
import { useLoad } from '../use_load.js';
import { Chooser } from './chooser.js';

export function MonitorPicker(rest) {
  const known = useLoad(loadMonitors, []).value.data;
  const things = useComputed(() => roster.value.map(({ id, name, url }) => ({ id, name, more: url })));
  return html`<${Chooser} ...${rest} things=${known && things.value} what="monitor" />`;
}
