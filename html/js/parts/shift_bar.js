/** A shift as a bar: whose, by colour and name; an override and a plan beside the rotation look different. */
import { html } from '../html.js';
import { colourOf, peopleWords } from '../model/shifts.js';

const percent = (share) => `${(share * 100).toFixed(3)}%`;

export function ShiftBar({ bar, people }) {
  const look = `bar bar-${bar.source} who-${colourOf(people, bar.users[0])}${bar.begins ? ' bar-begins' : ''}${bar.finishes ? ' bar-ends' : ''}`;
  return html`<span class=${look} style=${{ left: percent(bar.left), width: percent(bar.width), '--lane': bar.lane }}><span>${peopleWords(people, bar.users)}</span></span>`;
}
