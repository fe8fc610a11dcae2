/** Monitors by name, each a link. */
import { html } from '../html.js';
import { useMonitors } from '../use_monitors.js';

export function MonitorLinks({ ids }) {
  const monitors = useMonitors(ids);
  return ids.map((id, i) => html`${i > 0 && ', '}<a href=${`/monitors/${id}`}>${monitors[i]?.pronounceable_name ?? `monitor ${id}`}</a>`);
}
