/**
 * The state of one form: values, which fields were left once, and errors from both sides.
 * A field complains only after it was left or the form was sent; the hub's word on a field
 * stands until that field changes.
 */
import { useMemo } from 'preact/hooks';
import { signal } from '@preact/signals';

/** check(values) gives {field: message}; send(values) does the work and may throw an ApiError. */
export function useForm(initial, check, send) {
  return useMemo(() => makeForm(initial, check, send), []);
}

export function makeForm(initial, check, send) {
  const values = signal(initial);
  const touched = signal({});
  const fromHub = signal({});
  const problem = signal(null);
  const busy = signal(false);
  const changed = signal(false);

  const form = {
    values, problem, busy, changed,
    /** also: other names whose errors were about this value. */
    set(name, value, also = []) {
      values.value = { ...values.value, [name]: value };
      changed.value = true;
      const gone = [name, ...also].filter((one) => fromHub.value[one]);
      if (gone.length) fromHub.value = { ...fromHub.value, ...Object.fromEntries(gone.map((one) => [one, undefined])) };
    },
    /** An empty field does not complain before the form is sent, unless it was filled: sure. */
    touch(name, sure) {
      if (sure || values.value[name]) touched.value = { ...touched.value, [name]: true };
    },
    reset(next) {
      values.value = next;
      touched.value = {};
      fromHub.value = {};
      changed.value = false;
    },
    error: (name) => fromHub.value[name] ?? (touched.value[name] ? check(values.value)[name] : undefined),
    async submit(event) {
      event?.preventDefault();
      if (busy.value) return;
      const wrong = check(values.value);
      touched.value = Object.fromEntries([...Object.keys(values.value), ...Object.keys(wrong)].map((name) => [name, true]));
      if (Object.keys(wrong).length) { focusFirstError(event); return; }
      busy.value = true;
      problem.value = null;
      try {
        await send(values.value);
      } catch (error) {
        problem.value = error;
        fromHub.value = firstMessages(error.fields);
        focusFirstError(event);
      }
      busy.value = false;
    },
  };
  return form;
}

/** {field: ["is too short", ...]} to {field: "Is too short"}. */
function firstMessages(fields) {
  return Object.fromEntries(Object.entries(fields ?? {}).map(([name, messages]) => [name, sentence([messages].flat().join(', '))]));
}

const sentence = (words) => words.charAt(0).toUpperCase() + words.slice(1);

function focusFirstError(event) {
  const box = event?.target;
  requestAnimationFrame(() => box?.querySelector?.('[aria-invalid="true"], [data-wrong]')?.focus());
}
