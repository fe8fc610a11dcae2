/**
 * Pure: an escalation policy as sentences. A sentence is a list of pieces: plain text, or {b} for
 * what a reader looks for.
 */
import { listed, plural } from '../format.js';
import { daysWords, spanWords } from './calendar.js';
import { memberWords, nameOf } from './members.js';
import { waysWords } from './ways.js';

const hourMinute = (time) => String(time ?? '').slice(0, 5);
const zoneWords = (zone) => String(zone ?? 'UTC').replaceAll('_', ' ');

export const plain = (pieces) => pieces.map((piece) => piece.b ?? piece).join('');

const bold = (words) => ({ b: words });

/** Pieces with commas and a last "and" between. */
function listedPieces(pieces) {
  return pieces.flatMap((piece, i) => [...(i ? [i === pieces.length - 1 ? ' and ' : ', '] : []), piece]);
}

/** "When an incident starts, " or "If nobody acknowledges within 5 minutes, "; what branches has a condition of its own. */
function lead(step, first) {
  const branches = step.type.endsWith('_branching');
  const then = branches ? ', if ' : ', ';
  const and = branches ? ' and ' : ', ';
  if (step.wait_until_time) {
    const at = bold(`${hourMinute(step.wait_until_time)} ${zoneWords(step.wait_until_timezone)}`);
    return first ? ['At the next ', at, then] : ['If nobody acknowledges until ', at, and];
  }
  if (!step.wait_before) return [first ? `When an incident starts${then}` : branches ? 'Then, if ' : 'At the same time, '];
  const span = bold(spanWords(step.wait_before));
  return first ? ['When an incident has lasted ', span, then] : ['If nobody acknowledges within ', span, and];
}

function tells(step, names) {
  const members = step.step_members ?? [];
  const others = members.filter(({ type }) => type !== 'policy').map((one) => bold(memberWords(one, names)));
  const over = members.filter(({ type }) => type === 'policy').map((one) => bold(memberWords(one, names)));
  const notify = others.length ? ['notify ', ...listedPieces(others), ...byWays(step, names)] : [];
  const handOver = over.length ? [others.length ? ', and hand over to ' : 'hand over to ', ...listedPieces(over)] : [];
  return notify.length + handOver.length ? [...notify, ...handOver] : ['notify nobody'];
}

function byWays({ urgency_id: id }, names) {
  if (id === null || id === undefined || id === '') return [];
  const urgency = names.urgencies?.find((one) => String(one.id) === String(id));
  return [' by ', bold(urgency ? waysWords(urgency) : nameOf(names.urgencies, id, 'an urgency that is gone'))];
}

/** Where a branch leads. */
function onward({ policy_id: id, policy_metadata_key: key }, names) {
  return ['go on with ', bold(key ? `the policy that “${key}” of the incident names` : nameOf(names.policies, id, 'a policy that is gone'))];
}

function isOpenThen({ days, time_from: from, time_to: to, timezone }) {
  const on = bold(daysWords(days?.length ? days : null));
  if (!from) return ['it falls ', on, ` ${zoneWords(timezone)}, `];
  return ['it is between ', bold(`${hourMinute(from)} and ${hourMinute(to)}`), ` ${zoneWords(timezone)} `, on, ', '];
}

export const valueWords = (value) => (isNoValue(value) ? 'not there' : value?.name || value?.value || value?.email || String(value?.item_id ?? ''));
export const isNoValue = (value) => value === 'no_value' || value?.type === 'no_value' || value?.no_value === true;

function saysThen({ metadata_key: key, metadata_values: values = [] }) {
  const words = values.map(valueWords);
  return ['“', bold(key ?? ''), '” of the incident is ', bold(listed(words).replace(/ and (?=[^,]*$)/, ' or ') || 'anything'), ', '];
}

function instructs(step) {
  const reminds = step.instructions_reminder_enabled ? [', again every ', bold(spanWords((step.instructions_reminder_interval_hours ?? 1) * 3600).replace(/^1 /, ''))] : [];
  return ['show the instructions', ...reminds];
}

const BODIES = {
  escalation: tells,
  time_branching: (step, names) => [...isOpenThen(step), ...onward(step, names)],
  metadata_branching: (step, names) => [...saysThen(step), ...onward(step, names)],
  instructions: instructs,
};

export function stepPieces(step, first, names) {
  const body = BODIES[step.type]?.(step, names) ?? ['do what this page does not know'];
  return [...lead(step, first), ...body, '.'];
}

/** What follows when every step is done. */
export function endPieces({ steps = [], repeat_count: count = 0, repeat_delay: delay = 0, fallback_policy_id: fallback }, names) {
  if (!steps.length) return ['Nobody is told. Incidents are recorded, and that is all.'];
  const again = count ? ['repeat all of it ', bold(count === 1 ? 'once' : plural(count, 'time')), ...(delay ? [', each after ', bold(spanWords(delay))] : [])] : [];
  const over = fallback ? ['hand over to ', bold(nameOf(names.policies, fallback, 'a policy that is gone'))] : [];
  if (!again.length && !over.length) return [];
  return ['If nobody has acknowledged then, ', ...again, ...(again.length && over.length ? ', then ' : []), ...over, '.'];
}

/** [pieces], one for each step, and the end if there is one. */
export function sentences(policy, names) {
  const steps = (policy.steps ?? []).map((step, i) => stepPieces(step, i === 0, names));
  const end = endPieces(policy, names);
  return end.length ? [...steps, end] : steps;
}

/**
 * When a step comes, counted from the start of the incident: "at once", "+5 min"; from a wall clock
 * on only that clock is known.
 */
export function stepTimes(steps) {
  let passed = 0;
  let clock = '';
  return steps.map(({ wait_before: wait, wait_until_time: until }) => {
    if (until) { clock = hourMinute(until); passed = 0; } else passed += wait || 0;
    const more = passed ? `+${shortSpan(passed)}` : '';
    return clock ? `${clock}${more && ` ${more}`}` : more || 'at once';
  });
}

function shortSpan(seconds) {
  const parts = [[86_400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
  let rest = seconds;
  const words = [];
  for (const [length, unit] of parts) {
    const count = Math.floor(rest / length);
    if (count) words.push(`${count} ${unit}`);
    rest -= count * length;
  }
  return words.slice(0, 2).join(' ');
}
