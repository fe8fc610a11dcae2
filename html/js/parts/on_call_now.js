/** Who is on call at this moment, and who is next. */
import { html } from '../html.js';
import { now } from '../clock.js';
import { ms } from '../format.js';
import { personName } from '../model/members.js';
import { unreachableWords } from '../model/reach.js';
import { colourOf, nextSentence, nowSentence } from '../model/shifts.js';
import { loadShifts } from '../on_call_actions.js';
import { useLoad } from '../use_load.js';
import { Icon } from './icon.js';

const MINUTE_MS = 60_000;
const FACES_MAX = 5;

const initials = (name) => name.split(/[\s@.]+/).filter(Boolean).slice(0, 2).map((word) => word.charAt(0).toUpperCase()).join('');

export function OnCallNow({ calendar, people, zone }) {
  const users = calendar.on_call_now ?? [];
  const at = ms(calendar.next_handover_at);
  const next = useLoad((signal) => (at ? loadShifts(calendar.id, at, at + MINUTE_MS, signal) : { shifts: [] }), [calendar.id, at, calendar.updated_at]).value.data;
  const lost = unreachableWords(people, users, (id) => personName(people, { id }));
  return html`<div class="on-now">
    ${users.length > 0 && html`<span class="faces" aria-hidden="true">${users.slice(0, FACES_MAX).map((id) => html`<span key=${id} class=${`face who-${colourOf(people, id)}`}>${initials(personName(people, { id }))}</span>`)}</span>`}
    <div><h1 tabindex="-1">${nowSentence(calendar, people)}</h1>
      <p class="soft">${(next && nextSentence(calendar, next.shifts, people, zone, now.peek())) || (users.length ? '' : 'An incident that asks for whoever is on call notifies the entire team.')}</p>
      ${lost && html`<p class="small on-now-lost"><${Icon} name="alert" size="16" /><span>${lost}</span></p>`}</div>
  </div>`;
}
