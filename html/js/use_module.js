/** A hook for code that only some pages need: null until it has come. The browser keeps it, a second page has it at once. */
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';

export function useModule(load) {
  const held = useSignal(null);
  useEffect(() => { load().then((module) => { held.value = module; }, () => {}); }, []);
  return held.value;
}
