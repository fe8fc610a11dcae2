/** Words for screen readers (polite live region) and short notes for everyone (toasts). */
import { signal } from '@preact/signals';

const TOAST_MS = 4500;
const TOASTS_MAX = 3;

export const spoken = signal('');
export const toasts = signal([]);

let count = 0;

export function announce(words) {
  spoken.value = words;
}

export function toast(words, icon = 'check') {
  const id = (count += 1);
  toasts.value = [...toasts.value, { id, words, icon }].slice(-TOASTS_MAX);
  announce(words);
  setTimeout(() => { toasts.value = toasts.value.filter((one) => one.id !== id); }, TOAST_MS);
}
