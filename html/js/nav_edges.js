/** A nav that moves sideways says so: it fades at the edge beyond which there is more, and shows where one is. */
import { useEffect, useRef } from 'preact/hooks';

const FADE_PX = 28;

function fade(nav) {
  const rest = nav.scrollWidth - nav.clientWidth - nav.scrollLeft;
  nav.style.setProperty('--nav-before', `${Math.min(FADE_PX, Math.max(0, nav.scrollLeft))}px`);
  nav.style.setProperty('--nav-after', `${Math.min(FADE_PX, Math.max(0, rest))}px`);
}

function showCurrent(nav) {
  const link = nav.querySelector('[aria-current]');
  if (link) nav.scrollLeft = link.offsetLeft - (nav.clientWidth - link.offsetWidth) / 2;
  fade(nav);
}

/** path: where one is. Returns the ref of the nav. */
export function useNavEdges(path) {
  const ref = useRef(null);
  useEffect(() => {
    const nav = ref.current;
    const look = () => fade(nav);
    /* Its links too: the number of open incidents comes late, and so does the font. */
    const size = new ResizeObserver(() => showCurrent(nav));
    [nav, ...nav.children].forEach((one) => size.observe(one));
    nav.addEventListener('scroll', look, { passive: true });
    return () => { size.disconnect(); nav.removeEventListener('scroll', look); };
  }, []);
  useEffect(() => showCurrent(ref.current), [path]);
  return ref;
}
