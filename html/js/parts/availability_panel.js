/** Availability over the usual stretches as tiles, and the chosen one in detail. */
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { get } from '../api.js';
import { hubTime } from '../clock.js';
import { factsOf, levelOf, percentWords, restOf, slaSentence } from '../model/availability.js';
import { OTHER, SPANS, boundsQuery, spanWords } from '../model/span.js';
import { onIncident } from '../open_incidents.js';
import { paced } from '../paced.js';
import { useEvery } from '../use_every.js';
import { useLoad } from '../use_load.js';
import { Icon } from './icon.js';
import { OtherSpan } from './other_span.js';
import { Skeleton } from './skeleton.js';

const REFRESH_MS = 120_000;
const PAUSE_MS = 5000;

const readOne = async (path, span, signal) => (await get(`${path}/sla?${boundsQuery(span, hubTime())}`, { signal })).data.attributes;

/** All of the usual ones at once, so that they agree. */
async function readTiles(path, signal) {
  const found = await Promise.all(SPANS.map(([key]) => readOne(path, { key }, signal)));
  return Object.fromEntries(SPANS.map(([key], i) => [key, found[i]]));
}

function useKept(load, keys) {
  useEvery(() => load.again(), REFRESH_MS, keys);
  useEffect(() => onIncident(paced(() => load.again(), PAUSE_MS)), keys);
}

/** path: of the monitor or heartbeat. */
export function AvailabilityPanel({ path, span, onPick }) {
  const tiles = useLoad((signal) => readTiles(path, signal), [path]);
  const other = useLoad((signal) => (span.key === OTHER ? readOne(path, span, signal) : null), [path, span.key === OTHER, span.from, span.to]);
  useKept(tiles, [path]);
  const asking = useSignal(false);
  const pick = (next) => { asking.value = false; onPick(next); };
  const { data, problem } = tiles.value;
  const shown = span.key === OTHER ? other.value.data : data?.[span.key];
  const wrong = span.key === OTHER ? other.value.problem : problem;
  return html`<section class="panel" aria-label="Availability">
    <div class="panel-head"><h2>Availability</h2></div>
    <div class="panel-body">
      <div class="tiles" role="group" aria-label="Range">
        ${SPANS.map(([key, words]) => html`<${Tile} key=${key} words=${words} sla=${data?.[key]} waits=${!data && !problem} on=${key === span.key} onPick=${() => pick({ key })} />`)}
        <button type="button" class="tile" aria-pressed=${span.key === OTHER ? 'true' : 'false'} aria-expanded=${asking.value ? 'true' : 'false'}
          onClick=${() => { asking.value = !asking.value; }}><span class="tile-words">${span.key === OTHER ? spanWords(span) : 'Another range'}</span>
          ${span.key === OTHER && shown ? html`<b>${percentWords(shown.availability)}</b>` : html`<${Icon} name="calendar" size="22" />`}</button>
      </div>
      ${asking.value && html`<${OtherSpan} span=${span} onPick=${pick} onClose=${() => { asking.value = false; }} />`}
      ${shown ? html`<${Facts} sla=${shown} span=${span} />` : html`<div class="sla-wait" aria-busy=${wrong ? undefined : 'true'}>
        ${wrong ? html`<p class="faint" role="status">${wrong.message}${wrong.passing && ' Trying again by itself.'}</p>` : html`<${Skeleton} width="16rem" />`}</div>`}
    </div>
  </section>`;
}

function Tile({ words, sla, waits, on, onPick }) {
  return html`<button type="button" class="tile" aria-pressed=${on ? 'true' : 'false'} onClick=${onPick}>
    <span class="tile-words">${words}</span>
    ${waits ? html`<${Skeleton} width="4rem" height="1.4rem" />` : html`<b>${percentWords(sla?.availability)}</b>`}
    <span class=${`tile-foot level-${levelOf(sla?.availability)}`} aria-hidden="true"></span></button>`;
}

function Facts({ sla, span }) {
  const rest = restOf(sla);
  if (sla.availability === null) return html`<p class="sla-words soft">${spanWords(span)}: nothing was measured${rest.length > 0 && `; ${rest.map(([, text]) => text).join(', ')}`}.</p>`;
  return html`<p class="hidden-text" aria-live="polite">${spanWords(span)}: ${slaSentence(sla)}</p>
    <dl class="sla-facts-list">${factsOf(sla).map(([key, title, value]) => html`<div key=${key}><dt>${title}</dt><dd>${value}</dd></div>`)}</dl>
    <p class="sla-words faint small">${rest.length ? `Not counted: ${rest.map(([, text]) => text).join(', ')}.` : 'The whole time was counted.'}</p>`;
}
