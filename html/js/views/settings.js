/** /settings */
import { html } from '../html.js';
import { useTitle } from '../title.js';
import { Profile } from '../parts/profile.js';
import { ThemeChoice } from '../parts/theme_choice.js';
import { ApiTokens } from '../parts/api_tokens.js';
import { Regions } from '../parts/regions.js';

const PARTS = [
  ['profile', 'Profile', Profile],
  ['appearance', 'Appearance', ThemeChoice],
  ['api-tokens', 'API tokens', ApiTokens],
  ['regions', 'Regions and agents', Regions],
];

const jump = (id) => (event) => {
  event.preventDefault();
  document.getElementById(id).scrollIntoView({ behavior: 'smooth', block: 'start' });
};

export function Settings() {
  useTitle('Settings');
  return html`<div class="page settings">
    <h1>Settings</h1>
    <nav class="settings-nav" aria-label="Settings">
      ${PARTS.map(([id, title]) => html`<a key=${id} href=${`#${id}`} onClick=${jump(id)}>${title}</a>`)}
    </nav>
    <div class="stack settings-parts">
      ${PARTS.map(([id, title, Part]) => html`<section class="panel setting" id=${id} key=${id} aria-label=${title}>
        <${Part} title=${title} /></section>`)}
    </div>
  </div>`;
}
