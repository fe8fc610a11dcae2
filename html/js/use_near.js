/** A hook: {ref, near}: true from the moment at which its place comes near to what is on the screen. */
import { useEffect, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';

const MARGIN = '400px';

export function useNear() {
  const ref = useRef(null);
  const near = useSignal(false);
  useEffect(() => {
    const watch = new IntersectionObserver((entries) => {
      if (!entries.some((one) => one.isIntersecting)) return;
      near.value = true;
      watch.disconnect();
    }, { rootMargin: MARGIN });
    watch.observe(ref.current);
    return () => watch.disconnect();
  }, []);
  return { ref, near: near.value };
}
