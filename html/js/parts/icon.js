/** Line icons on a 20 grid, drawn for this page; decoration only, the words are beside them. */
import { html } from '../html.js';

const PATHS = {
  plus: 'M10 4v12M4 10h12',
  minus: 'M4 10h12',
  search: 'M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12ZM13.5 13.5 17 17',
  more: 'M4.5 10h.01M10 10h.01M15.5 10h.01',
  pause: 'M7 4.5v11M13 4.5v11',
  play: 'M6.5 4.2v11.6l9-5.8-9-5.8Z',
  edit: 'M4 16l.7-3.2L13 4.5a1.6 1.6 0 0 1 2.3 0l.2.2a1.6 1.6 0 0 1 0 2.3l-8.3 8.3L4 16Z',
  trash: 'M4 5.5h12M8 5.5V4h4v1.5M5.5 5.5l.7 10.5h7.6l.7-10.5M8.5 8.5v5M11.5 8.5v5',
  back: 'M12 4.5 6.5 10l5.5 5.5',
  chevron: 'M5 7.5l5 5 5-5',
  right: 'M7.5 5l5 5-5 5',
  up: 'M5 12.5l5-5 5 5',
  close: 'M5 5l10 10M15 5 5 15',
  check: 'M4 10.5l4 4 8-9',
  copy: 'M7 7V4h9v9h-3M4 7h9v9H4V7Z',
  alert: 'M10 3.2 17.5 16.5h-15L10 3.2ZM10 8.5v3.6M10 14.4h.01',
  out: 'M8 4H4v12h4M8 10h9M13.5 6.5 17 10l-3.5 3.5',
  gear: 'M3 6h8M15 6h2M3 14h2M9 14h8M13 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM7 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z',
  external: 'M8 5H5v10h10v-3M11 4h5v5M16 4l-7 7',
  key: 'M12.5 10a3.5 3.5 0 1 0-3.3-2.3L4 13v3h3l.8-1.7 1.5-.5.4-1.6 1.3-1.6c.5.3 1 .4 1.5.4ZM13.3 6.6h.01',
  globe: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM3 10h14M10 3c2 2 3 4.4 3 7s-1 5-3 7c-2-2-3-4.4-3-7s1-5 3-7Z',
  sun: 'M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM10 2.5v1.2M10 16.3v1.2M2.5 10h1.2M16.3 10h1.2M4.7 4.7l.9.9M14.4 14.4l.9.9M15.3 4.7l-.9.9M5.6 14.4l-.9.9',
  moon: 'M16 11.7A6.5 6.5 0 0 1 8.3 4a6.5 6.5 0 1 0 7.7 7.7Z',
  comment: 'M4 4.5h12v8.5H9.5L6 16v-3H4V4.5Z',
  send: 'M17 3.5 3 9.2l4.5 1.9L17 3.5ZM7.5 11.1V16l2.7-3.2M17 3.5 14.2 15l-6.7-3.9',
  list: 'M7 5h10M7 10h10M7 15h10M3.5 5h.01M3.5 10h.01M3.5 15h.01',
  again: 'M15.5 8A6 6 0 1 0 16 11.5M15.8 3.8V8h-4.2',
  bell: 'M5.5 14h9l-1.2-2V9a3.3 3.3 0 0 0-6.6 0v3L5.5 14ZM8.7 16.3c.7.7 1.9.7 2.6 0M10 4V3',
  clock: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 6.5V10l2.5 1.7',
  branch: 'M6 4v12M6 7.5c0 3 8 1.5 8 5V16M4 14l2 2 2-2M12 14l2 2 2-2',
  people: 'M7.5 9.5a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4ZM2.5 16c0-2.8 2.2-4.4 5-4.4s5 1.6 5 4.4M12.5 4.4a2.7 2.7 0 0 1 0 4.9M14.5 12c1.8.5 3 1.9 3 4',
  dot: 'M10 10h.01',
  download: 'M10 3.5v9M6.5 9.5l3.5 3.5 3.5-3.5M4 16.5h12',
  wrench: 'M12.2 3.4a4.2 4.2 0 0 0-4.6 5.7L3.3 13.4a2.05 2.05 0 0 0 2.9 2.9l4.3-4.3a4.2 4.2 0 0 0 5.7-4.6l-2.6 2.6-2.7-.7-.7-2.7 2.6-2.6-.6-.6Z',
  calendar: 'M4 5.5h12v11H4v-11ZM4 9h12M7 3.5v3.5M13 3.5v3.5',
  auto: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 3v14M10 7h5.2M10 10h6.5M10 13h5.2',
};

export function Icon({ name, size = 18, label }) {
  return html`<svg width=${size} height=${size} viewBox="0 0 20 20" fill="none" stroke="currentColor"
    stroke-width=${name === 'more' ? 2.4 : 1.6} stroke-linecap="round" stroke-linejoin="round"
    aria-hidden=${label ? undefined : 'true'} role=${label ? 'img' : undefined} aria-label=${label}>
    <path d=${PATHS[name]} /></svg>`;
}

export function BrandMark({ size = 28 }) {
  return html`<svg width=${size} height=${size} viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="8" fill="var(--action)" />
    <rect x="7" y="8" width="18" height="4" rx="2" fill="var(--on-action)" />
    <rect x="7" y="14" width="12" height="4" rx="2" fill=${'light-dark(#4cc38a, #17794c)'} />
    <rect x="7" y="20" width="15" height="4" rx="2" fill="var(--on-action)" fill-opacity=".55" />
  </svg>`;
}
