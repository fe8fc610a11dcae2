/** /deliveries/{id}: one message, its tries, and another one if it did not arrive. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { toast } from '../announce.js';
import { retryDelivery } from '../channel_actions.js';
import { now } from '../clock.js';
import { utc } from '../format.js';
import { eventWord, fateWords, markOf, plainError } from '../model/deliveries.js';
import { useDelivery } from '../use_deliveries.js';
import { useTitle } from '../title.js';
import { ChannelIcon } from '../parts/channel_icon.js';
import { Icon } from '../parts/icon.js';
import { LoadProblem } from '../parts/load_problem.js';
import { Mark } from '../parts/mark.js';
import { MonitorSkeleton } from '../parts/monitor_skeleton.js';
import { At } from '../parts/since.js';
import { Told } from '../parts/told.js';
import { Tries } from '../parts/tries.js';

const NOTES = {
  superseded: 'What it was to tell was over before it could be sent. One message about both was sent instead.', cancelled: 'Its receiver was deleted, or nobody has to be told any more.',
  digested: 'There was much to tell at once: it is part of a summary.', sent: 'The other side has taken it.',
};

export function Delivery({ id }) {
  const load = useDelivery(id);
  const { data: one, problem } = load.value;
  useTitle(one ? one.title : 'Message');
  if (problem && !problem.passing) return html`<div class="page"><${LoadProblem} problem=${problem} back=${['/deliveries', 'To what was sent']} /></div>`;
  if (!one) return problem ? html`<div class="page"><${LoadProblem} problem=${problem} what="The message" /></div>` : html`<${MonitorSkeleton} />`;
  return html`<div class="page">
    <a class="crumb" href="/deliveries"><${Icon} name="back" size="16" />What was sent</a>
    <div class="page-head"><div class="channel-head"><${ChannelIcon} kind=${one.kind} size="24" /><div><h1 class="wrap-anywhere">${one.title}</h1>
        <p class="soft small wrap-anywhere">To <${Receiver} one=${one} />${` by ${one.kind_title}`}</p></div></div>
      <${Actions} one=${one} onChange=${(fresh) => { load.value = { data: fresh, problem: null }; }} /></div>
    <div class="stack">
      <${Fate} one=${one} />
      ${one.text && html`<section class="panel" aria-label="Message"><div class="panel-head"><h2>Message</h2></div><p class="panel-body delivery-text">${one.text}</p></section>`}
      <section class="panel" aria-label="Tries"><div class="panel-head"><h2>Tries</h2></div><div class="panel-body"><${Tries} tries=${one.tries} kind=${one.kind} /></div></section>
    </div>
  </div>`;
}

/** Another person's own way has no page. */
const Receiver = ({ one }) => (one.channel_id && !one.user_id ? html`<a href=${`/channels/${one.channel_id}`}>${one.receiver_name}</a>` : html`<span>${one.receiver_name}</span>`);

function Actions({ one, onChange }) {
  const busy = useSignal(false);
  const retry = async () => {
    busy.value = true;
    try {
      onChange(await retryDelivery(one.id));
    } catch (problem) { toast(problem.message, 'alert'); }
    busy.value = false;
  };
  return html`<div class="page-actions">
    ${one.incident_id && html`<a class="button" href=${`/incidents/${one.incident_id}`}>To the incident</a>`}
    ${one.state === 'undeliverable' && html`<button type="button" class="button button-primary" disabled=${busy.value} onClick=${retry}><${Icon} name="again" size="16" />Try again</button>`}
  </div>`;
}

function Fate({ one }) {
  const state = markOf(one, now.value);
  const note = one.state === 'sent' ? NOTES.sent : plainError(one.last_error) ?? NOTES[one.state];
  return html`<section class=${`verdict state-${state}`} aria-label="What became of it">
    <${Mark} status=${state} size="44" />
    <div class="verdict-words"><h2 data-testid="fate"><${Told} keys=${[one]} words=${(at) => fateWords(one, at)} /></h2>
      ${note && html`<p class="wrap-anywhere">${note}${one.digest_id && html` <a href=${`/deliveries/${one.digest_id}`}>To the summary</a>`}</p>`}</div>
    <dl class="facts">
      <div><dt>About</dt><dd>${eventWord(one.event)}${one.critical ? ', critical' : ''}</dd></div>
      <div><dt>Written</dt><dd><${At} time=${one.created_at} /></dd></div>
      ${one.sent_at ? html`<div><dt>Sent</dt><dd><${At} time=${one.sent_at} /></dd></div>` : ['due', 'leased'].includes(one.state) && html`<div><dt>Given up</dt><dd title=${utc(one.expires_at)}><${At} time=${one.expires_at} /></dd></div>`}
      ${one.provider_ref && html`<div><dt>Their reference</dt><dd class="mono wrap-anywhere">${one.provider_ref}</dd></div>`}
    </dl>
  </section>`;
}
