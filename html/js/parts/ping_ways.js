/** The address of a heartbeat, and how a job calls it, ready to paste. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { snippets } from '../model/snippets.js';
import { Copy } from './copy.js';
import { Segments } from './segments.js';

export function PingWays({ heartbeat, fresh }) {
  const ways = snippets(heartbeat.url, heartbeat);
  const way = useSignal(fresh ? 'curl' : '');
  const [, title, hint, text] = ways.find(([key]) => key === way.value) ?? [];
  return html`<section class="panel" aria-label="Address to ping">
    <div class="panel-head"><h2>Address to ping</h2></div>
    <div class="panel-body ping-ways">
      <${Copy} text=${heartbeat.url} label="address" />
      <p class="soft small">Call it when the job is done. With <code>/start</code> behind it when the job begins, and with <code>/fail</code> or an
        exit code like <code>/3</code> when it failed. Up to 10 kB of what is posted is kept as the job’s output. Who has the address can ping: keep it like a password.</p>
      <div class="ways"><${Segments} label="Ready to paste" options=${ways.map(([key, name]) => [key, name])} value=${way.value}
        onPick=${(one) => { way.value = way.value === one ? '' : one; }} /></div>
      ${text && html`<p class="soft small">${hint}</p><${Copy} key=${way.value} text=${text} label=${`example for ${title}`} />`}
    </div>
  </section>`;
}
