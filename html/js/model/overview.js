/**
 * Pure: the last 24 hours of a monitor as 24 letters, oldest first: each is 60 minutes, the last one
 * those before they were read. What a monitor is now can only make the last one worse.
 */
import { plural } from '../format.js';

export const BARS = 24;
const HOUR_MS = 3_600_000;

/** Letter to [state of states.js or null, word], worst first. */
const LETTERS = {
  d: ['down', 'down'], n: ['no_data', 'no data'], g: ['degraded', 'degraded'], m: ['maintenance', 'maintenance'],
  p: ['paused', 'paused'], u: ['up', 'up'], '-': [null, 'nothing yet'],
};
export const ORDER = Object.keys(LETTERS);

export const barState = (letter) => LETTERS[letter]?.[0] ?? null;
export const barWord = (letter) => (LETTERS[letter] ?? LETTERS['-'])[1];

/** Whatever came, 24 known letters: what is missing is before the beginning. */
export function lettersOf(bars) {
  const text = typeof bars === 'string' ? bars.slice(-BARS) : '';
  return [...text.padStart(BARS, '-')].map((letter) => (Object.hasOwn(LETTERS, letter) ? letter : '-'));
}

/** What is shown of a monitor right now, as a letter; null for what does not count yet. */
const LETTER_OF = { up: 'u', recovering: 'd', down: 'd', flapping: 'd', degraded: 'g', maintenance: 'm', paused: 'p', no_data: 'n' };

/** The letters with the last hour at least as bad as this state; the same ones if nothing changes. */
export function worsened(letters, state) {
  const letter = LETTER_OF[state];
  if (!letter || ORDER.indexOf(letter) >= ORDER.indexOf(letters.at(-1))) return letters;
  return [...letters.slice(0, -1), letter];
}

/** When bar i begins, of hours that end at this moment. */
export const barStart = (i, at) => at - (BARS - i) * HOUR_MS;

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

/** "14:12 to 15:12", "since 15:12" of the last one. */
export const barHours = (i, at) => (i === BARS - 1 ? `since ${clock.format(barStart(i, at))}` : `${clock.format(barStart(i, at))} to ${clock.format(barStart(i + 1, at))}`);

/** "up in all 24 hours", "down in 2 hours, no data in 1 hour, up in 21 hours". */
export function barsSentence(letters) {
  const counted = ORDER.map((letter) => [letter, letters.filter((one) => one === letter).length]).filter(([, count]) => count);
  if (counted.length === 1) return counted[0][0] === '-' ? 'nothing yet' : `${barWord(counted[0][0])} in all ${BARS} hours`;
  return counted.filter(([letter]) => letter !== '-').map(([letter, count]) => `${barWord(letter)} in ${plural(count, 'hour')}`).join(', ');
}
