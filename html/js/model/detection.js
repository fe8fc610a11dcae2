/** Pure: how an incident was found out, step by step, as far as that is known. */
import { ms } from '../format.js';

/** What happened, and what the time before it was spent on. */
const STEPS = [
  ['slot', 'Check was due', ''],
  ['checked_at', 'Probe began', 'Until the probe began'],
  ['reported_at', 'Failure reported', 'Probe, and its way to the hub'],
  ['suspected_at', 'Suspected', 'Until it was suspected'],
  ['confirmed_at', 'Confirmed', 'Until it was confirmed'],
  ['first_alert_at', 'First alert sent', 'Until the first alert'],
];

/** Nobody probes a heartbeat: it calls, or is missed. */
const STEPS_OF_HEARTBEATS = [
  ['slot', 'It could be known', ''],
  ['confirmed_at', 'Incident opened', 'Until the incident was opened'],
  ['first_alert_at', 'First alert sent', 'Until the first alert'],
];

/** The time is counted from a probe; what was found out without one has no such time. */
const FROM = { slot: 'after the check was due', checked_at: 'after the probe began' };
const FROM_HEARTBEATS = { slot: 'after it could be known' };

/**
 * Only what was measured: {steps: [{name, words, at}], spans: [{name, words, from, ms}], total, from}, the
 * spans' from and total in ms after the first step. Two clocks that disagree give no span that was less than nothing.
 */
export function detectionOf(detection, kind) {
  const ofHeartbeat = kind === 'heartbeat';
  const origins = ofHeartbeat ? FROM_HEARTBEATS : FROM;
  const steps = (ofHeartbeat ? STEPS_OF_HEARTBEATS : STEPS).map(([name, words, spent]) => ({ name, words, spent, at: ms(detection?.[name]) })).filter(({ at }) => at !== null);
  const [first] = steps;
  const spans = steps.slice(1)
    .map(({ name, spent, at }, i) => ({ name, words: spent, from: steps[i].at - first.at, ms: at - steps[i].at }))
    .filter((span) => span.ms >= 0 && span.from >= 0);
  const total = origins[first?.name] && steps.length > 1 ? steps.at(-1).at - first.at : -1;
  return { steps: steps.map(({ name, words, at }) => ({ name, words, at })), spans, total: total >= 0 ? total : null, from: origins[first?.name] };
}
