/** A nav that moves sideways says so: it fades at the edge beyond which there is more, and shows where one is. */
import { useEffect, useRef } from 'preact/hooks';

const FADE_PX = 28;

function fade(nav) {
  const rest = nav.scrollWidth - nav.clientWidth - nav.scrollLeft;
  nav.style.setProperty('--nav-before', `${Math.min(FADE_PX, Math.max(0, nav.scrollLeft))}px`);
  nav.style.setProperty('--nav-after', `${Math.min(FADE_PX, Math.max(0, rest))}px`);
}

/** path: where one is. Returns the ref of the nav. */
export function useNavEdges(path) {
  const ref = useRef(null);
  useEffect(() => {
    const nav = ref.current;
    const look = () => fade(nav);
    const size = new ResizeObserver(look);
    size.observe(nav);
    nav.addEventListener('scroll', look, { passive: true });
    return () => { size.disconnect(); nav.removeEventListener('scroll', look); };
  }, []);
  useEffect(() => {
    const nav = ref.current;
    const link = nav.querySelector('[aria-current]');
    if (link) nav.scrollLeft = link.offsetLeft - (nav.clientWidth - link.offsetWidth) / 2;
    fade(nav);
  }, [path]);
  return ref;
}
