/** A button with a popover menu. The browser closes it (Esc, click beside); arrows move inside it. */
import { useId, useRef } from 'preact/hooks';
import { html } from '../html.js';

const GAP_PX = 6;
const EDGE_PX = 8;

export function Menu({ button, label, buttonClass = 'button button-quiet button-icon', children }) {
  const id = useId();
  const menu = useRef(null);
  const opener = useRef(null);
  const onToggle = (event) => {
    if (!opener.current) return; /* told a moment later: a choice such as "Sign out" may have removed the menu */
    opener.current.setAttribute('aria-expanded', String(event.newState === 'open'));
    if (event.newState !== 'open') return;
    place(menu.current, opener.current);
    items(menu.current)[0]?.focus();
  };
  const close = () => menu.current?.hidePopover(); /* a choice may have removed it */
  return html`
    <button type="button" class=${buttonClass} ref=${opener} popovertarget=${id} aria-haspopup="menu"
      aria-expanded="false" aria-label=${label} title=${label}>${button}</button>
    <div class="menu" id=${id} ref=${menu} popover="auto" role="menu" aria-label=${label}
      onToggle=${onToggle} onKeyDown=${(event) => walk(event, menu.current)} onClick=${close}>${children}</div>`;
}

const items = (menu) => [...menu.querySelectorAll('[role^=menuitem]')];

/** Under the button, right edges together, and never outside the window. */
function place(menu, opener) {
  const at = opener.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = at.bottom + GAP_PX;
  const top = below + height > innerHeight - EDGE_PX ? Math.max(EDGE_PX, at.top - GAP_PX - height) : below;
  menu.style.top = `${top}px`;
  menu.style.left = `${Math.max(EDGE_PX, Math.min(at.right - width, innerWidth - width - EDGE_PX))}px`;
}

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

function walk(event, menu) {
  const all = items(menu);
  const step = STEPS[event.key];
  if (event.key === 'Home') all[0]?.focus();
  else if (event.key === 'End') all.at(-1)?.focus();
  else if (step) all[(all.indexOf(document.activeElement) + step + all.length) % all.length]?.focus();
  else return;
  event.preventDefault();
}
