/** On something that is in maintenance: by which window or daily time, how long yet, and the way to end it. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { hubTime } from '../clock.js';
import { duration, ms, utc } from '../format.js';
import { capital } from '../model/calendar.js';
import { dailyWords } from '../model/daily.js';
import { covering } from '../model/windows.js';
import { useResources } from '../use_resources.js';
import { EndWindow } from './end_window.js';
import { Icon } from './icon.js';
import { Told } from './told.js';

/** kind: "monitor" or "heartbeat". */
export function MaintenanceBanner({ kind, thing }) {
  const { data } = useResources('/maintenance-windows', 'maintenance').value;
  if (!data) return null;
  const windows = covering(data, kind, thing.id, hubTime());
  const until = thing.maintenance_until;
  return html`<section class="panel upkeep state-maintenance" aria-label="Maintenance">
    ${windows.map((one) => html`<${Line} key=${one.id} one=${one} />`)}
    ${!windows.length && html`<p class="upkeep-line"><${Icon} name="wrench" /><span><b>Maintenance</b> ${thing.maintenance_from && `${dailyWords(thing)}`}</span>
      ${until && html`<${Left} until=${until} />`}</p>`}
  </section>`;
}

function Line({ one }) {
  const asking = useSignal(false);
  return html`<div class="upkeep-line"><${Icon} name="wrench" /><span><a href=${`/maintenance/${one.id}/edit`}>${one.name}</a>${one.description && html` <span
      class="soft">${one.description}</span>`}</span>
    ${one.current_ends_at && html`<${Left} until=${one.current_ends_at} />`}
    <button type="button" class="button button-small" onClick=${() => { asking.value = true; }}>End now</button>
    ${asking.value && html`<${EndWindow} one=${one} onClose=${() => { asking.value = false; }} />`}</div>`;
}

const Left = ({ until }) => html`<span class="upkeep-left word" title=${utc(until)}><${Told} keys=${[until]}
  words=${(now) => capital(ms(until) > now ? `${duration(ms(until) - now)} left` : 'ending')} /></span>`;
