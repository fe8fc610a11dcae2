/** A hook: work() each time so much time has passed, as long as somebody looks. */
import { useEffect } from 'preact/hooks';

export function useEvery(work, everyMs, keys = []) {
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) work(); }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, ...keys]);
}
