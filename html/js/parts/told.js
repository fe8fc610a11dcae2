/** Words that depend on the time: words(now) is asked every second, and only its text changes. */
import { useMemo } from 'preact/hooks';
import { computed } from '@preact/signals';
import { html } from '../html.js';
import { now } from '../clock.js';

export function Told({ words, keys }) {
  const text = useMemo(() => computed(() => words(now.value)), keys);
  return html`<span>${text}</span>`;
}
