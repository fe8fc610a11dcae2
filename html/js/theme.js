/** The reader's choice of theme: automatic, light or dark, kept in this browser. */
import { signal, effect } from '@preact/signals';

const KEY = 'betterstack-theme';
export const THEMES = ['auto', 'light', 'dark'];

const read = () => {
  try {
    const kept = localStorage.getItem(KEY);
    return THEMES.includes(kept) ? kept : 'auto';
  } catch { return 'auto'; }
};

export const theme = signal(read());

/** Counts changes of the colours in force, whoever made them: charts draw on canvas and must redraw. */
export const colours = signal(0);

effect(() => {
  const root = document.documentElement;
  if (theme.value === 'auto') delete root.dataset.theme;
  else root.dataset.theme = theme.value;
  try { localStorage.setItem(KEY, theme.value); } catch { /* private mode: kept until the page closes */ }
  colours.value = colours.peek() + 1;
});

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { colours.value += 1; });

const probe = document.createElement('span');

/** A custom property as a resolved colour: canvas does not understand light-dark(). */
export function colour(name) {
  if (!probe.isConnected) {
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}
