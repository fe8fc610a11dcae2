/** Search by name or address; "/" reaches it from anywhere on the page, Esc empties it. */
import { useEffect, useRef } from 'preact/hooks';
import { html } from '../html.js';
import { Icon } from './icon.js';

const TYPING = 'input, textarea, select, [contenteditable], dialog *';

export function Search({ value, onChange, label }) {
  const input = useRef(null);
  useEffect(() => {
    const onKey = (event) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(TYPING)) return;
      event.preventDefault();
      input.current.focus();
      input.current.select();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  const onKeyDown = (event) => {
    if (event.key !== 'Escape') return;
    if (value) onChange('');
    else input.current.blur();
  };
  return html`<div class="search" role="search">
    <${Icon} name="search" />
    <input class="input" ref=${input} type="search" value=${value} aria-label=${label} placeholder=${label}
      autocomplete="off" spellcheck=${false}
      onInput=${(event) => onChange(event.currentTarget.value)} onKeyDown=${onKeyDown} aria-keyshortcuts="/" />
    ${!value && html`<kbd aria-hidden="true">/</kbd>`}
  </div>`;
}
