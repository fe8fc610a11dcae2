/** The head of every page once signed in. */
import { html } from '../html.js';
import { countWords, openCount } from '../open_incidents.js';
import { useNavEdges } from '../nav_edges.js';
import { path } from '../router.js';
import { BrandMark } from './icon.js';
import { LinkState } from './link_state.js';
import { UserMenu } from './user_menu.js';

/* On a phone the nav moves sideways; Settings is in the account's menu, too. */
const PLACES = [['/monitors', 'Monitors'], ['/incidents', 'Incidents', '', OpenCount], ['/heartbeats', 'Heartbeats'], ['/sla', 'Availability'], ['/maintenance', 'Maintenance'],
  ['/on-call', 'On-call'], ['/policies', 'Escalation'], ['/channels', 'Channels'], ['/settings', 'Settings', 'nav-wide']];

/* What was sent belongs to the channels, service levels and reports to availability. */
const isAt = (to) => path.value.startsWith(to) || (to === '/channels' && path.value.startsWith('/deliveries'))
  || (to === '/sla' && /^\/(slos|reports)/.test(path.value));

function OpenCount() {
  const count = openCount.value;
  return count ? html`<span class="nav-count" aria-hidden="true">${countWords(count)}</span><span
    class="hidden-text">, ${countWords(count)} open</span>` : null;
}

export function Header() {
  const nav = useNavEdges(path.value);
  return html`
    <header class="header"><div class="header-in">
      <a class="brand" href="/monitors" aria-label="BetterStack, monitors"><${BrandMark} /><span
        class="brand-word">BetterStack</span></a>
      <nav class="nav" ref=${nav} aria-label="Main">
        ${PLACES.map(([to, name, look, Count]) => html`<a key=${to} href=${to} class=${look}
          aria-current=${isAt(to) ? 'page' : undefined}>${name}${Count && html`<${Count} />`}</a>`)}
      </nav>
      <div class="header-end"><${LinkState} /><${UserMenu} /></div>
    </div></header>`;
}
