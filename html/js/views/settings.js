/** /settings, or with ?part= one part of it at the top. */
import { useEffect } from 'preact/hooks';
import { html } from '../html.js';
import { me } from '../session.js';
import { query } from '../router.js';
import { useTitle } from '../title.js';
import { Alerting } from '../parts/alerting.js';
import { MyAlerts } from '../parts/my_alerts.js';
import { Profile } from '../parts/profile.js';
import { ThemeChoice } from '../parts/theme_choice.js';
import { ApiTokens } from '../parts/api_tokens.js';
import { Regions } from '../parts/regions.js';
import { Retention } from '../parts/retention.js';

const PARTS = [
  ['profile', 'Profile', Profile],
  ['my-alerts', 'My alerts', MyAlerts],
  ['appearance', 'Appearance', ThemeChoice],
  ['api-tokens', 'API tokens', ApiTokens],
  ['alerting', 'Alerting', Alerting, 'administrator'],
  ['history', 'History', Retention],
  ['regions', 'Regions and agents', Regions],
];

const jump = (id) => (event) => {
  event.preventDefault();
  document.getElementById(id).scrollIntoView({ behavior: 'smooth', block: 'start' });
};

const WAIT_MS = 1500;

/** Parts above it are still growing as they are read: for a moment it is held in its place. */
function useAskedPart() {
  const wanted = new URLSearchParams(query.value).get('part');
  useEffect(() => {
    const part = PARTS.some(([id]) => id === wanted) && document.getElementById(wanted);
    if (!part) return undefined;
    const hold = new ResizeObserver(() => part.scrollIntoView({ block: 'start' }));
    const stop = () => { hold.disconnect(); ['wheel', 'touchstart', 'keydown', 'pointerdown'].forEach((name) => removeEventListener(name, stop)); };
    hold.observe(part.parentElement);
    ['wheel', 'touchstart', 'keydown', 'pointerdown'].forEach((name) => addEventListener(name, stop, { passive: true }));
    const timer = setTimeout(stop, WAIT_MS);
    return () => { clearTimeout(timer); stop(); };
  }, [wanted]);
}

export function Settings() {
  useTitle('Settings');
  useAskedPart();
  const parts = PARTS.filter(([, , , who]) => !who || me.value[who]);
  return html`<div class="page settings">
    <h1>Settings</h1>
    <nav class="settings-nav" aria-label="Settings">
      ${parts.map(([id, title]) => html`<a key=${id} href=${`#${id}`} onClick=${jump(id)}>${title}</a>`)}
    </nav>
    <div class="stack settings-parts">
      ${parts.map(([id, title, Part]) => html`<section class="panel setting" id=${id} key=${id} aria-label=${title}>
        <${Part} title=${title} /></section>`)}
    </div>
  </div>`;
}
