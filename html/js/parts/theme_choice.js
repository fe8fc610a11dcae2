/** Automatic, light or dark; kept in this browser only. */
import { html } from '../html.js';
import { THEMES, theme } from '../theme.js';
import { Icon } from './icon.js';

const LOOKS = { auto: ['Automatic', 'auto'], light: ['Light', 'sun'], dark: ['Dark', 'moon'] };

export function ThemeChoice({ title }) {
  return html`<div class="panel-head"><h2>${title}</h2></div>
    <div class="panel-body">
      <div class="themes" role="radiogroup" aria-label="Theme">
        ${THEMES.map((one) => html`<label class="kind theme" key=${one}>
          <input type="radio" name="theme" value=${one} checked=${theme.value === one}
            onChange=${() => { theme.value = one; }} />
          <span class="kind-title"><${Icon} name=${LOOKS[one][1]} />${LOOKS[one][0]}</span></label>`)}
      </div>
      <p class="field-hint">Automatic follows the system. The choice is kept in this browser.</p>
    </div>`;
}
