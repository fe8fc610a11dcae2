/** One line of a menu: a link when it has a place to go, else a button. */
import { html } from '../html.js';
import { Icon } from './icon.js';

export function MenuItem({ icon, href, onPick, danger, children }) {
  const look = `menu-item${danger ? ' menu-item-danger' : ''}`;
  const inside = html`${icon && html`<${Icon} name=${icon} />`}<span>${children}</span>`;
  if (href) return html`<a role="menuitem" class=${look} href=${href}>${inside}</a>`;
  return html`<button type="button" role="menuitem" class=${look} onClick=${onPick}>${inside}</button>`;
}
