/** Pure: an escalation policy as the fields of its editor, and those fields back as the body of a request. */
import { secondsOf, unitsOf, WEEK } from './calendar.js';
import { checkWhole, onlyWrong } from './checks.js';
import { isNoValue, valueWords } from './policy.js';
import { isZone, localZone } from './zoned.js';

export const STEPS_MAX = 50;
export const MEMBERS_MAX = 50;
const NAME_CHARS_MAX = 255;
const REPEATS_MAX = 100;
const WAIT_MAX_S = 7 * 86_400;
const HOURS_MAX = 720;
const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

let made = 0;
const newKey = () => `step-${made += 1}`;

const idText = (id) => (id === null || id === undefined ? '' : String(id));
const idNumber = (text) => (text === '' ? null : Number(text));

/** Everything that any kind of step has, so that a change of kind loses nothing. */
export const newStep = (type = 'escalation', wait = '5') => ({
  key: newKey(), type, wait: wait === '0' ? 'none' : 'before', before: { count: wait === '0' ? '5' : wait, unit: 'minute' }, until: '09:00', until_zone: localZone(),
  urgency_id: '', members: [], days: WEEK.slice(0, 5).map(([day]) => day), from: '09:00', to: '17:00', timezone: localZone(),
  by: 'policy', policy_id: '', policy_metadata_key: '', metadata_key: '', values: [], no_value: false, comment: '', remind: false, hours: '1',
});

const KIND_WORDS = { escalation: 'Notify people', time_branching: 'Go by the time', metadata_branching: 'Go by metadata', instructions: 'Show instructions' };
export const STEP_KINDS = Object.entries(KIND_WORDS);

/** A new policy is one that works: who is on call, then the team. */
export const newFields = () => ({
  name: '', repeat_count: '0', repeat_delay: { count: '5', unit: 'minute' }, fallback_policy_id: '',
  steps: [{ ...newStep('escalation', '0'), members: [{ type: 'current_on_call' }] }, { ...newStep('escalation', '5'), members: [{ type: 'entire_team' }] }],
});

/** Without times it is about whole days. */
function hoursOf(step, fresh) {
  if (step.type !== 'time_branching') return { from: fresh.from, to: fresh.to };
  return { from: String(step.time_from ?? '').slice(0, 5), to: String(step.time_to ?? '').slice(0, 5) };
}

function stepFields(step) {
  const fresh = newStep(step.type, '0');
  return {
    ...fresh,
    wait: step.wait_until_time ? 'until' : step.wait_before ? 'before' : 'none',
    before: step.wait_before ? unitsOf(step.wait_before) : fresh.before,
    until: step.wait_until_time?.slice(0, 5) ?? fresh.until, until_zone: step.wait_until_timezone ?? fresh.until_zone,
    urgency_id: idText(step.urgency_id), members: step.step_members ?? [],
    days: step.days?.length ? step.days : step.type === 'time_branching' ? WEEK.map(([day]) => day) : fresh.days, ...hoursOf(step, fresh), timezone: step.timezone ?? fresh.timezone,
    by: step.policy_metadata_key ? 'key' : 'policy', policy_id: idText(step.policy_id), policy_metadata_key: step.policy_metadata_key ?? '',
    metadata_key: step.metadata_key ?? '', values: (step.metadata_values ?? []).filter((one) => !isNoValue(one)), no_value: (step.metadata_values ?? []).some(isNoValue),
    comment: step.instructions_comment ?? '', remind: step.instructions_reminder_enabled === true, hours: String(step.instructions_reminder_interval_hours ?? 1),
  };
}

export const fieldsOf = (policy) => ({
  name: policy.name ?? '', repeat_count: String(policy.repeat_count ?? 0),
  repeat_delay: policy.repeat_delay ? unitsOf(policy.repeat_delay) : { count: '0', unit: 'minute' },
  fallback_policy_id: idText(policy.fallback_policy_id), steps: (policy.steps ?? []).map(stepFields),
});

/** A step with its neighbour changed; the same list if there is none. */
export function moved(steps, at, by) {
  const to = at + by;
  if (to < 0 || to >= steps.length) return steps;
  const next = [...steps];
  next.splice(to, 0, ...next.splice(at, 1));
  return next;
}

const whole = (span, most) => {
  const seconds = secondsOf(span);
  if (seconds === null) return 'A whole number';
  return seconds > most ? 'At most a week' : undefined;
};

function checkWait(step) {
  if (step.wait === 'before') return { wait: whole(step.before, WAIT_MAX_S) };
  if (step.wait !== 'until') return {};
  return { wait: !TIME.test(step.until) ? 'A time of day, like 09:00' : isZone(step.until_zone) ? undefined : 'Choose a time zone, like Europe/Berlin' };
}

const onward = (step) => ({
  policy: step.by === 'policy' ? (step.policy_id ? undefined : 'Choose the policy to go on with') : step.policy_metadata_key.trim() ? undefined : 'Name the metadata that holds the policy',
});

const CHECKS = {
  escalation: ({ members }) => ({
    members: !members.length ? 'Choose whom to notify' : members.some(({ type, metadata_key: key }) => type === 'incident_metadata' && !key?.trim()) ? 'Name the metadata, like owner'
      : members.length > MEMBERS_MAX ? `At most ${MEMBERS_MAX}` : undefined,
  }),
  time_branching: (step) => ({
    days: step.days.length ? undefined : 'Choose at least one day',
    time: !step.from && !step.to ? undefined : !TIME.test(step.from) || !TIME.test(step.to) ? 'Times of day, like 09:00, or none for whole days' : step.from === step.to ? 'It has to end at another time than it begins' : undefined,
    timezone: isZone(step.timezone) ? undefined : 'Choose a time zone, like Europe/Berlin',
    ...onward(step),
  }),
  metadata_branching: (step) => ({
    metadata_key: step.metadata_key.trim() ? undefined : 'Name the metadata to look at, like team',
    values: step.values.length || step.no_value ? undefined : 'Enter at least one value',
    ...onward(step),
  }),
  instructions: (step) => ({
    comment: step.comment.trim() ? undefined : 'Write what is to be done',
    hours: step.remind ? checkWhole(step.hours, 1, HOURS_MAX) : undefined,
  }),
};

/** What is wrong with one step: {field: message}. */
export const checkStep = (step) => onlyWrong({ ...checkWait(step), ...CHECKS[step.type](step) });

export const errorName = (key, field) => `${key}.${field}`;

export function checkFields(fields) {
  const name = fields.name.trim();
  const wrong = fields.steps.flatMap((step) => Object.entries(checkStep(step)).map(([field, message]) => [errorName(step.key, field), message]));
  return onlyWrong({
    name: name ? name.length > NAME_CHARS_MAX && `At most ${NAME_CHARS_MAX} characters` : 'Give it a name, like “Office hours”',
    ...Object.fromEntries(wrong),
    repeat_count: checkWhole(fields.repeat_count, 0, REPEATS_MAX),
    repeat_delay: Number(fields.repeat_count) ? whole(fields.repeat_delay, WAIT_MAX_S) : undefined,
  });
}

const onwardBody = (step) => (step.by === 'policy' ? { policy_id: idNumber(step.policy_id) } : { policy_metadata_key: step.policy_metadata_key.trim() });

const BODIES = {
  escalation: (step) => ({
    ...(step.urgency_id && { urgency_id: idNumber(step.urgency_id) }),
    step_members: step.members.map((one) => (one.type === 'incident_metadata' ? { ...one, metadata_key: one.metadata_key.trim() } : one)),
  }),
  time_branching: (step) => ({
    days: WEEK.map(([day]) => day).filter((day) => step.days.includes(day)), ...(step.from && { time_from: step.from, time_to: step.to }), timezone: step.timezone, ...onwardBody(step),
  }),
  metadata_branching: (step) => ({
    metadata_key: step.metadata_key.trim(), metadata_values: [...step.values, ...(step.no_value ? [NO_VALUE] : [])], ...onwardBody(step),
  }),
  instructions: (step) => ({
    instructions_comment: step.comment.trim(), instructions_reminder_enabled: step.remind, ...(step.remind && { instructions_reminder_interval_hours: Number(step.hours) }),
  }),
};

const NO_VALUE = { type: 'no_value' };

export const stepBody = (step) => ({
  type: step.type,
  ...(step.wait === 'until' ? { wait_until_time: step.until, wait_until_timezone: step.until_zone } : { wait_before: step.wait === 'before' ? secondsOf(step.before) ?? 0 : 0 }),
  ...BODIES[step.type](step),
});

/** While it is typed: what is not whole yet counts as nothing. */
export const bodyOf = (fields) => ({
  name: fields.name.trim(),
  repeat_count: Number(fields.repeat_count) || 0,
  repeat_delay: Number(fields.repeat_count) ? secondsOf(fields.repeat_delay) ?? 0 : 0,
  fallback_policy_id: idNumber(fields.fallback_policy_id),
  steps: fields.steps.map(stepBody),
});

/** Only what the person changed. */
export function changesOf(fields, policy) {
  const next = bodyOf(fields);
  const was = bodyOf(fieldsOf(policy));
  return Object.fromEntries(Object.entries(next).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(was[name])));
}

/** The editor's field for each of the API's. */
const FIELDS = {
  wait_before: 'wait', wait_until_time: 'wait', wait_until_timezone: 'wait', urgency_id: 'urgency_id', step_members: 'members', time_from: 'time', time_to: 'time',
  policy_id: 'policy', policy_metadata_key: 'policy', metadata_values: 'values', instructions_comment: 'comment', instructions_reminder_interval_hours: 'hours',
};

/**
 * The hub's {"steps[1].urgency_id": [...]} or {"steps.1.urgency_id": [...]} or a message that begins
 * with "step 2", as errors of the editor's fields; what concerns no step stays as it is.
 */
export function errorsAtSteps(errors, steps) {
  const placed = {};
  const put = (name, message) => { placed[name] = [...(placed[name] ?? []), message]; };
  for (const [name, messages] of Object.entries(errors ?? {})) {
    for (const message of [messages].flat()) {
      const byName = /^steps(?:\[(\d+)\]|\.(\d+))(?:\.(\w+))?/.exec(name);
      const byWords = name === 'steps' ? /^steps?\s+(\d+)[:,]?\s*(?:(\w+)[: ])?/i.exec(message) : null;
      const at = byName ? Number(byName[1] ?? byName[2]) : byWords ? Number(byWords[1]) - 1 : -1;
      const field = (byName?.[3] ?? byWords?.[2]) ?? '';
      put(steps[at] ? errorName(steps[at].key, FIELDS[field] ?? (Object.hasOwn(steps[at], field) ? field : 'step')) : name, message);
    }
  }
  return placed;
}

/** A value typed into a list of values; null for one that is there already or empty. */
export function withValue(values, text) {
  const value = text.trim();
  return !value || values.some((one) => valueWords(one) === value) ? null : [...values, { type: 'String', value }];
}
