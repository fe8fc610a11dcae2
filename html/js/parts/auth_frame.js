/** The frame of sign-in and sign-up: the form on one side, on wide screens what this is on the other. */
import { html } from '../html.js';
import { BrandMark } from './icon.js';
import { AuthArt } from './auth_art.js';

export function AuthFrame({ title, lead, children, foot }) {
  return html`<div class="auth">
    <main class="auth-main" id="main" tabindex="-1">
      <div class="auth-box">
        <p class="brand"><${BrandMark} size="32" /><span>BetterStack</span></p>
        <h1>${title}</h1>
        <p class="soft">${lead}</p>
        ${children}
        <p class="auth-foot soft">${foot}</p>
      </div>
    </main>
    <aside class="auth-side" aria-hidden="true"><${AuthArt} /></aside>
  </div>`;
}
