/** How a check signs in at its target: not at all, with a name and a password, or with a token. */
import { html } from '../html.js';
import { HTTP, takes } from '../model/kinds.js';
import { authOf } from '../model/monitor_fields.js';
import { Segments } from './segments.js';
import { PasswordField } from './password_field.js';
import { TextField } from './text_field.js';

const WAYS = [['none', 'None'], ['basic', 'User and password'], ['bearer', 'Token']];

const hints = { redis: 'Left empty, only the password is sent.', postgres: 'Left empty: postgres. Without a password it is enough that the server asks for one.' };

export function SignInFields({ form, kind }) {
  const way = authOf(form.values.value, kind);
  const ways = WAYS.filter(([one]) => one === 'none' || takes(kind, one === 'basic' ? 'auth_username' : 'auth_token'));
  const web = HTTP.includes(kind) || kind === 'websocket';
  return html`<div><${Segments} label="Sign-in" options=${ways} value=${way} onPick=${(one) => form.set('auth', one)} /></div>
    ${way === 'basic' && html`<div class="columns">
      <${TextField} form=${form} name="auth_username" label="User name" optional autocomplete="off" spellcheck=${false}
        hint=${web ? 'For HTTP basic authentication.' : hints[kind]} />
      <${PasswordField} form=${form} name="auth_password" label="Password" optional autocomplete="off" /></div>`}
    ${way === 'bearer' && html`<${PasswordField} form=${form} name="auth_token" label="Token" autocomplete="off"
      hint="Sent as “Authorization: Bearer …”." />`}`;
}
