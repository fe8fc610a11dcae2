/** Pure: the ways in which a person hears of an incident, and urgencies, which are a choice of them with a name. */
import { listed, plural } from '../format.js';
import { onlyWrong } from './checks.js';

/** [attribute, name, in a sentence] */
export const WAYS = [
  ['email', 'E-mail', 'e-mail'], ['push', 'Push message', 'push message'], ['sms', 'SMS', 'SMS'], ['call', 'Phone call', 'phone call'],
];

export const CRITICAL = 'critical_alert';
const NAME_CHARS_MAX = 255;

/** "e-mail and SMS, even in quiet hours"; what has no way is heard by whatever a person has. */
export function waysWords(thing) {
  const ways = listed(WAYS.filter(([name]) => thing[name]).map(([, , words]) => words)) || 'any way there is';
  return thing[CRITICAL] ? `${ways}, even in quiet hours` : ways;
}

/** As the hub takes it where nothing was chosen. */
export const usualWays = () => ({ call: false, sms: false, email: true, push: true, critical_alert: false });

export const waysOf = (thing) => Object.fromEntries(Object.entries(usualWays()).map(([name, usual]) => [name, thing?.[name] ?? usual]));

export const urgencyFields = (urgency) => ({ name: urgency?.name ?? '', ...waysOf(urgency) });

export function checkUrgency(fields) {
  const name = fields.name.trim();
  return onlyWrong({
    name: !name ? 'Give it a name, like “High”' : name.length > NAME_CHARS_MAX && `At most ${NAME_CHARS_MAX} characters`,
    ways: WAYS.some(([way]) => fields[way]) ? undefined : 'Choose at least one way',
  });
}

export const urgencyBody = ({ name, ways, ...chosen }) => ({ name: name.trim(), ...chosen });

/** The policies that name an urgency: "used by 2 policies". */
export function usedWords(urgency, policies) {
  const users = policies.filter(({ steps }) => (steps ?? []).some((step) => String(step.urgency_id ?? '') === urgency.id));
  return users.length ? `Used by ${plural(users.length, 'policy', 'policies')}` : 'Not used yet';
}
