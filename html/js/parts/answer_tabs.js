/** What the past says of the team's monitors, a page each; the head's "Availability" leads to the first. */
import { html } from '../html.js';
import { path } from '../router.js';

const TABS = [['/sla', 'Monitors'], ['/slos', 'Service levels'], ['/reports', 'Reports']];

export const AnswerTabs = () => TABS.length > 1 && html`<nav class="tabs" aria-label="Availability">
  ${TABS.map(([to, name]) => html`<a key=${to} href=${to} aria-current=${path.value.startsWith(to) ? 'page' : undefined}>${name}</a>`)}</nav>`;
