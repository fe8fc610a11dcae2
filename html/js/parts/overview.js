/** The last 24 hours in a row of the list, and what keeps them true. Fetched when the list is on the page. */
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { shareWords } from '../model/availability.js';
import { BARS, ORDER, barHours, barState, barWord, barsSentence, worsened } from '../model/overview.js';
import { lettersSeen, loadOverview, overviewSignal } from '../overview.js';
import { paced } from '../paced.js';
import { roster } from '../store.js';
import { useEvery } from '../use_every.js';
import { useLoad } from '../use_load.js';

const PITCH = 6;
const HEIGHT = 24;
const PAUSE_MS = 5000;
const REFRESH_MS = 300_000;

/** Where the strokes of a bar are, from top to bottom: no two hours of different kinds look alike. */
const STROKES = { u: [[6, 18]], g: [[6, 8.5], [14, 18]], d: [[2, 22]], n: [[6, 18]], m: [[6, 6], [12, 12], [18, 18]], p: [[12, 12]], '-': [[12, 12]] };

function pathOf(letters, letter) {
  return letters.map((one, i) => (one === letter ? STROKES[letter].map(([top, bottom]) => `M${i * PITCH + PITCH / 2} ${top}V${bottom + 0.01}`).join('') : '')).join('');
}

const looks = (letter) => `bar bar-${letter === '-' ? 'none' : letter} state-${barState(letter) ?? 'pending'}`;

export function Bars({ letters }) {
  const present = [...new Set(letters)];
  return html`<svg class="bars-svg" viewBox=${`0 0 ${letters.length * PITCH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
    ${present.map((letter) => html`<g key=${letter} class=${looks(letter)}><path d=${pathOf(letters, letter)} />${letter === 'n' && html`<path class="bar-cut" d=${pathOf(letters, letter)} />`}</g>`)}
  </svg>`;
}

/** status: what the monitor is now, as which its last hour is at least as bad. */
export function RowBars({ id, status }) {
  const held = overviewSignal(id).value;
  const tip = useSignal(null);
  if (!held) return null;
  const letters = worsened(held.letters, status);
  const point = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const i = Math.min(BARS - 1, Math.max(0, Math.floor((event.clientX - box.left) / box.width * BARS)));
    tip.value = { i, left: box.left + (i + 0.5) / BARS * box.width, top: box.top };
  };
  return html`<div class="bars-box" onPointerMove=${point} onPointerLeave=${() => { tip.value = null; }}><${Bars} letters=${letters} /></div>
    <span class="bars-share">${shareWords(held.share)}</span>
    <span class="hidden-text">available in the last 24 hours: ${barsSentence(letters)}</span>
    ${tip.value && html`<div class="bars-tip" style=${{ left: `${tip.value.left}px`, top: `${tip.value.top}px` }}>
      <span class="faint">${barHours(tip.value.i, held.at)}</span> <b class=${`word state-${barState(letters[tip.value.i]) ?? 'pending'}`}>${barWord(letters[tip.value.i])}</b></div>`}`;
}

/** Reads it anew when monitors change their states and as time goes on; says what the bars mean. */
export function Overview() {
  const load = useLoad(loadOverview, []);
  useEvery(() => load.again(), REFRESH_MS);
  useEffect(() => {
    const again = paced(() => load.again(), PAUSE_MS);
    let first = true;
    const stop = roster.subscribe(() => { if (!first) again(); });
    first = false;
    return stop;
  }, []);
  if (!load.value.data) return load.value.problem && html`<p class="bars-legend faint small" role="status">The last 24 hours cannot be shown right now.${load.value.problem.passing && ' Trying again by itself.'}</p>`;
  const letters = ORDER.filter((letter) => lettersSeen.value.includes(letter)).reverse();
  return letters.length > 0 && html`<div class="bars-legend"><span>Last 24 hours, one bar an hour:</span>
    <ul aria-label="What the bars mean">${letters.map((letter) => html`<li key=${letter}><span class="bars-key"><${Bars} letters=${[letter]} /></span>${barWord(letter)}</li>`)}</ul></div>`;
}
