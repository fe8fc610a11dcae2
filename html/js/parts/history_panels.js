/** The panels of history; one stretch of time, which is in the address, is for all of them but the year. */
import { html } from '../html.js';
import { query, setQuery } from '../router.js';
import { spanOf, spanQuery } from '../model/span.js';
import { AvailabilityPanel } from './availability_panel.js';
import { LatencyPanel } from './latency_panel.js';
import { RegionsPanel } from './regions_panel.js';
import { YearPanel } from './year_panel.js';

const DEFAULT = '30d';

/** kind: 'monitors' or 'heartbeats', as in the API's paths. */
export function HistoryPanels({ thing, kind }) {
  const span = spanOf(query.value, DEFAULT);
  const pick = (next) => setQuery({ ...Object.fromEntries(new URLSearchParams(query.peek())), ...spanQuery(next, DEFAULT) });
  return html`
    <${AvailabilityPanel} path=${`/${kind}/${thing.id}`} span=${span} onPick=${pick} />
    ${kind === 'monitors' && html`
      <${LatencyPanel} monitor=${thing} span=${span} onPick=${pick} />
      <${RegionsPanel} monitor=${thing} span=${span} />
      <${YearPanel} monitor=${thing} />`}`;
}
