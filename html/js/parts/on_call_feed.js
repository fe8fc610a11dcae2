/** The address by which other calendars read this one. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { rotateFeed } from '../on_call_actions.js';
import { Confirm } from './confirm.js';
import { Copy } from './copy.js';

export function OnCallFeed({ calendar, onChange }) {
  const asking = useSignal(false);
  const renew = async () => onChange(await rotateFeed(calendar));
  return html`<section class="panel" aria-label="Calendar feed">
    <div class="panel-head"><h2>In your own calendar</h2>${calendar.feed_url && html`<button type="button" class="button button-small button-quiet" onClick=${() => { asking.value = true; }}>Renew…</button>`}</div>
    <div class="panel-body feed">${calendar.feed_url ? html`<p class="soft">Subscribe to this address (iCalendar). Whoever has it sees who is on call.</p><${Copy} text=${calendar.feed_url} label="Feed address" />`
    : html`<p class="soft">This installation has no secret to sign a feed with: set betterstack_secret.</p>`}</div>
    ${asking.value && html`<${Confirm} title="Renew the address?" action="Renew address" work=${renew} onClose=${() => { asking.value = false; }}>
      <p>The present one stops working at once, also where it is subscribed to.</p><//>`}
  </section>`;
}
