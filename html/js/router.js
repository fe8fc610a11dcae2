/** Client-side routes over the History API: where we are, how to go elsewhere. */
import { signal } from '@preact/signals';

const here = () => location.pathname.replace(/(.)\/+$/, '$1');

export const path = signal(here());

/** Bumped by every move, so that the page can reset focus and scrolling. */
export const moves = signal(0);

export function go(to, { replace = false } = {}) {
  history[replace ? 'replaceState' : 'pushState'](null, '', to);
  path.value = here();
  moves.value += 1;
  window.scrollTo(0, 0);
}

addEventListener('popstate', () => {
  path.value = here();
  moves.value += 1;
});

/** Plain left clicks on our own links stay in the page; everything else is the browser's business. */
export function followLinks(event) {
  const link = event.target.closest?.('a[href]');
  if (!link || event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (link.target || link.origin !== location.origin || !link.getAttribute('href').startsWith('/')) return;
  event.preventDefault();
  if (link.pathname + link.search !== location.pathname + location.search) go(link.pathname + link.search);
}

/** The first route whose pattern matches: {view, params}; null if none does. */
export function match(routes, pathname) {
  for (const [pattern, view, options] of routes) {
    const found = pattern.exec(pathname);
    if (found) return { view, params: found.groups ?? {}, ...options };
  }
  return null;
}

/** A place inside this site from ?next=, or the fallback: never another host. */
export function nextPlace(fallback) {
  const next = new URLSearchParams(location.search).get('next');
  return next && /^\/(?![/\\])/.test(next) ? next : fallback;
}
