/**
 * The monitors as this page knows them: one signal each, so that a live event redraws one row,
 * and a roster that changes only when a row appears, leaves or changes its place.
 */
import { signal, batch } from '@preact/signals';
import { heardUntil } from './connection.js';
import { soonFrom } from './model/expiry.js';
import { byRegion, keepNewer, mergeChange, mergeRegion } from './model/merge.js';
import { stateAt } from './model/silence.js';
import { announceVerdict } from './model/words.js';
import { announce } from './announce.js';

const monitors = new Map();

/** [{id, status, name, url, since, soon}] in no particular order; soon is when something of it counts as ending soon; the status as shown, which may be "no_data". */
export const roster = signal([]);

export const monitorSignal = (id) => monitors.get(String(id));

const shown = (m) => stateAt(m, heardUntil.peek());
const placeOf = (m) => ({ id: m.id, status: shown(m), name: m.pronounceable_name, url: m.url, since: m.status_since, soon: soonFrom(m) });
const samePlace = (a, b) => a.status === b.status && a.name === b.name && a.url === b.url && a.since === b.since && a.soon === b.soon;

let dirty = false;

function keep(monitor) {
  const held = monitors.get(monitor.id);
  if (!held) {
    monitors.set(monitor.id, signal(monitor));
    dirty = true;
    return;
  }
  if (!samePlace(placeOf(held.value), placeOf(monitor))) dirty = true;
  held.value = monitor;
}

/** Runs changes as one redraw, and lists anew only if a place changed. */
function change(work) {
  batch(() => {
    work();
    if (dirty) roster.value = [...monitors.values()].map((one) => placeOf(one.peek()));
    dirty = false;
  });
}

export const fromResource = (resource) => ({ ...resource.attributes, id: resource.id });

/** A reply may be older than an event that overtook it: the fresher region states win. */
export function putMonitors(resources) {
  change(() => resources.map(fromResource).map(byRegion).forEach((fresh) => {
    const held = monitors.get(fresh.id)?.peek();
    keep(held ? keepNewer(held, fresh) : fresh);
  }));
}

/** The complete list was read: what is not in it does not exist any more. */
export function keepOnly(ids) {
  change(() => {
    for (const id of monitors.keys()) if (!ids.has(id)) { monitors.delete(id); dirty = true; }
  });
}

export function removeMonitor(id) {
  change(() => { dirty = monitors.delete(String(id)) || dirty; });
}

/** Time has passed: which monitors have fallen silent by it. Those that speak again tell so themselves. */
export function judgeSilence() {
  const fell = roster.peek().filter(({ id, status }) => status !== 'no_data' && shown(monitors.get(id).peek()) === 'no_data');
  if (fell.length) change(() => { dirty = true; });
  return fell;
}

export function forgetAll() {
  change(() => { monitors.clear(); dirty = true; });
}

/** A "ticks" event: verdicts and the region result that came with each. */
export function applyTicks(event) {
  const turned = [];
  change(() => event.monitors.forEach((news) => {
    const held = monitors.get(news.id);
    if (!held) return;
    const before = held.peek();
    const after = mergeRegion(mergeChange(before, news), news.region);
    if (before.state !== after.state) turned.push(after);
    keep(after);
  }));
  if (turned.length) announce(announceVerdict(turned));
}
