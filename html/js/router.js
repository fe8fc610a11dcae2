/** Client-side routes over the History API: where we are, how to go elsewhere. */
import { batch, signal } from '@preact/signals';

const here = () => location.pathname.replace(/(.)\/+$/, '$1');

export const path = signal(here());

/** The query, without its question mark: filters live there, so that a link shows what its sender saw. */
export const query = signal(location.search.slice(1));

const arrive = () => { path.value = here(); query.value = location.search.slice(1); };

/** Bumped by every move, so that the page can reset focus and scrolling. */
export const moves = signal(0);

export function go(to, { replace = false } = {}) {
  history[replace ? 'replaceState' : 'pushState'](null, '', to);
  batch(arrive);
  moves.value += 1;
  window.scrollTo(0, 0);
}

/** Another query of the same page, which stays where it is and keeps the focus; what is empty is left out. */
export function setQuery(params) {
  const text = String(new URLSearchParams(Object.entries(params).filter(([, value]) => value)));
  if (text === query.peek()) return;
  history.pushState(null, '', location.pathname + (text && `?${text}`));
  query.value = text;
}

addEventListener('popstate', () => {
  batch(arrive);
  moves.value += 1;
});

/** Plain left clicks on our own links stay in the page; everything else is the browser's business. */
export function followLinks(event) {
  const link = event.target.closest?.('a[href]');
  if (!link || event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (link.target || link.hasAttribute('download') || link.origin !== location.origin || !link.getAttribute('href').startsWith('/')) return;
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
