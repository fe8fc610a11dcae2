/** Who is signed in, the theme, and the way out. */
import { html } from '../html.js';
import { me, signOut } from '../session.js';
import { toast } from '../announce.js';
import { Menu } from './menu.js';
import { MenuItem } from './menu_item.js';

async function leave() {
  try {
    await signOut();
  } catch (problem) { toast(problem.message, 'alert'); }
}

export function UserMenu() {
  const { name, email } = me.value;
  const initial = (name || email).trim().charAt(0).toUpperCase();
  return html`<${Menu} button=${initial} label="Account" buttonClass="avatar">
    <div class="menu-note"><strong>${name || email}</strong>${name && html`<span class="faint">${email}</span>`}</div>
    <${MenuItem} icon="gear" href="/settings">Settings<//>
    <${MenuItem} icon="out" onPick=${leave}>Sign out<//>
  <//>`;
}
