/** The tab's title: how many incidents are open, and what is down, come first, so that it shows in a crowded tab bar. */
import { useEffect } from 'preact/hooks';
import { countWords, openCount } from './open_incidents.js';

export function useTitle(words) {
  const open = openCount.value;
  useEffect(() => {
    document.title = (open ? `(${countWords(open)}) ` : '') + (words ? `${words} · BetterStack` : 'BetterStack');
  }, [words, open]);
}
