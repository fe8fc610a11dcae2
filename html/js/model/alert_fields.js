/** Pure: who is told when a monitor or a heartbeat fails: a policy, or whoever is on call by some ways and then the team. */
import { spanWords } from './calendar.js';
import { onlyWrong } from './checks.js';
import { CRITICAL, WAYS, usualWays, waysOf, waysWords } from './ways.js';

const TEAM_WAITS_S = [0, 60, 120, 180, 300, 600, 900, 1800, 3600];

export const newAlerts = () => ({ policy_id: '', expiration_policy_id: '', team_wait: '', ...usualWays() });

const text = (value) => (value === null || value === undefined ? '' : String(value));

export const alertFields = (thing) => ({
  policy_id: text(thing.policy_id), expiration_policy_id: text(thing.expiration_policy_id), team_wait: text(thing.team_wait), ...waysOf(thing),
});

/** Others may have come from the API. */
export const teamWaits = (value) => [['', 'Never'], ...[...new Set([...TEAM_WAITS_S, ...(value ? [Number(value)] : [])])].sort((a, b) => a - b)
  .map((one) => [String(one), one ? `After ${spanWords(one)}` : 'At once'])];

export const checkAlerts = (fields) => onlyWrong({
  ways: fields.policy_id || WAYS.some(([way]) => fields[way]) ? undefined : 'Choose at least one way',
});

const number = (value) => (value === '' ? null : Number(value));

/** A heartbeat has no certificate that ends. */
export const alertBody = (fields, expires) => ({
  policy_id: fields.policy_id || null,
  ...(expires ? { expiration_policy_id: number(fields.expiration_policy_id) } : {}),
  team_wait: number(fields.team_wait),
  ...Object.fromEntries([...WAYS.map(([way]) => way), CRITICAL].map((way) => [way, fields[way]])),
});

/** For the head of a part that is folded: "Office hours", "on call by e-mail and push message". */
export function alertsHint(fields, policies) {
  if (fields.policy_id) return policies?.find(({ id }) => id === fields.policy_id)?.name ?? 'a policy';
  return WAYS.some(([way]) => fields[way]) ? `on call by ${waysWords({ ...fields, [CRITICAL]: false })}` : 'no way chosen';
}
