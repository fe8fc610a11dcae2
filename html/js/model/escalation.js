/** Pure: how far an incident's escalation is, in words; and the dialog that escalates by hand. */
import { duration, ms } from '../format.js';
import { onlyWrong } from './checks.js';
import { usualWays } from './ways.js';

const lower = (words) => words.charAt(0).toLowerCase() + words.slice(1);

/** A name keeps its capital, a word of ours does not begin a sentence. */
const inside = (words) => (/^(The |Who |What |All |A |Instructions)/.test(words) ? lower(words) : words);

/** "Next: whole team in 4 min 12 s"; empty when nothing is to come. */
export function nextWords(escalation, now) {
  const at = ms(escalation?.next_at);
  if (!at) return '';
  const left = at - now;
  return `Next: ${inside(escalation.next ?? 'the next step')} ${left > 999 ? `in ${duration(left)}` : 'now'}`;
}

/** "Step 2 of 3", "Step 1 of 3, second round". */
export function stepWords({ step, steps_count: count, repeats_done: repeats }) {
  if (!count) return 'Nobody is told by it';
  const round = repeats ? `, round ${repeats + 1}` : '';
  return `Step ${Math.min(step, count)} of ${count}${round}`;
}

/** Why nothing more comes: an open incident has reached its end, or somebody has it. */
export function overWords(escalation, incident) {
  if (!escalation.steps_count) return 'The policy is silent: nobody is told.';
  if (incident.resolved_at) return 'Over: the incident is resolved.';
  if (incident.acknowledged_at) return `Stopped: ${incident.acknowledged_by ? `${incident.acknowledged_by} has it` : 'it is acknowledged'}.`;
  return escalation.stopped_at ? 'Stopped.' : 'It has come to its end: nobody else follows.';
}

export const policyWords = ({ policy_name: name }) => name || 'Without a policy';

/** What the hub can be asked to tell: [type, words, the field it needs]. */
export const TARGETS = [['User', 'A person', 'user'], ['Organization', 'Everybody', null], ['Schedule', 'An on-call calendar', 'schedule'], ['Policy', 'Another policy', 'policy']];

export const escalateFields = () => ({ type: 'User', user: '', schedule: '', policy: '', ...usualWays() });

export function checkEscalate(fields) {
  const [, , needs] = TARGETS.find(([type]) => type === fields.type);
  const words = { user: 'Choose the person', schedule: 'Choose the calendar', policy: 'Choose the policy' };
  return onlyWrong({
    ...(needs && !fields[needs] ? { [needs]: words[needs] } : {}),
    ways: fields.type !== 'Policy' && !['call', 'sms', 'email', 'push'].some((way) => fields[way]) ? 'Choose at least one way' : undefined,
  });
}

export function escalateBody({ type, user, schedule, policy, ...ways }) {
  const target = { User: { user_id: Number(user) }, Schedule: { schedule_id: Number(schedule) }, Policy: { policy_id: Number(policy) }, Organization: {} }[type];
  return { escalation_type: type, ...target, ...(type === 'Policy' ? {} : ways) };
}
