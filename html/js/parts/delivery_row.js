/** One message in a list: to whom, about what, and what became of it. */
import { html } from '../html.js';
import { now } from '../clock.js';
import { eventWord, fateWords, isDone, markOf, plainError, timeOf, titleBeside } from '../model/deliveries.js';
import { ChannelIcon } from './channel_icon.js';
import { Mark } from './mark.js';
import { At } from './since.js';
import { Told } from './told.js';

/** bare: the receiver is the page's own, and need not be named again. about: nor the incident of this name. */
export function DeliveryRow({ delivery, bare, about }) {
  const state = isDone(delivery) ? markOf(delivery, 0) : markOf(delivery, now.value);
  const { id, event, title, receiver_name: name, kind, kind_title: way, last_error: wrong } = delivery;
  const head = bare ? title : name;
  const beside = titleBeside(title, about);
  const said = beside === eventWord(event) ? '' : beside;
  return html`<li class=${`delivery state-${state}`}>
    ${bare ? html`<${Mark} status=${state} size="18" />` : html`<${ChannelIcon} kind=${kind} size="18" />`}
    <div class="delivery-words">
      <a class="row-link" href=${`/deliveries/${id}`}>${head}</a>
      <span class="delivery-what">${!bare && html`<span>${way}</span>`}<span class="delivery-event">${eventWord(event)}</span>
        ${!bare && said && html`<span class="delivery-title">${said}</span>`}</span>
    </div>
    <div class="delivery-fate">
      <span class="delivery-state">${!bare && html`<${Mark} status=${state} size="14" />`}<span class="word"><${Told} keys=${[delivery]} words=${(at) => fateWords(delivery, at)} /></span></span>
      ${wrong && delivery.state !== 'sent' && html`<span class="row-reason small">${plainError(wrong)}</span>`}
    </div>
    <span class="delivery-at faint small"><${At} time=${timeOf(delivery)} /></span>
  </li>`;
}

export const DeliveryRows = ({ deliveries, bare, about, label }) => html`<ul class="deliveries" aria-label=${label}>${deliveries.map((one) => html`<${DeliveryRow}
  key=${one.id} delivery=${one} bare=${bare} about=${about} />`)}</ul>`;
