/** The tab's title: what is down comes first, so that it shows in a crowded tab bar. */
import { useEffect } from 'preact/hooks';

export function useTitle(words) {
  useEffect(() => { document.title = words ? `${words} · BetterStack` : 'BetterStack'; }, [words]);
}
