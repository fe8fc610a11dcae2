/** How the request is made: for those who need it, folded for those who do not. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { ADVANCED, METHODS, TIMEOUTS_S, isAdvanced, takesBody } from '../model/monitor_fields.js';
import { CheckField } from './check_field.js';
import { Field } from './field.js';
import { HeadersField } from './headers_field.js';
import { Icon } from './icon.js';
import { PasswordField } from './password_field.js';
import { SelectField } from './select_field.js';
import { TextField } from './text_field.js';

const METHOD_OPTIONS = METHODS.map((one) => [one, one.toUpperCase()]);
const TIMEOUT_OPTIONS = TIMEOUTS_S.map((one) => [String(one), `${one} seconds`]);
const IP_OPTIONS = [['', 'IPv4 or IPv6'], ['ipv4', 'IPv4 only'], ['ipv6', 'IPv6 only']];

export function AdvancedFields({ form }) {
  const open = useSignal(isAdvanced(form.values.peek()));
  const wrong = ADVANCED.some((name) => form.error(name));
  return html`<details class="advanced" open=${open.value || wrong}
    onToggle=${(event) => { open.value = event.currentTarget.open; }}>
    <summary><${Icon} name="right" />Request options<span
      class="faint small">method, headers, sign-in, timeout, TLS</span></summary>
    <div class="advanced-in">
      <div class="columns">
        <${SelectField} form=${form} name="http_method" label="Method" options=${METHOD_OPTIONS} />
        <${SelectField} form=${form} name="request_timeout" label="Timeout" options=${TIMEOUT_OPTIONS} />
        <${SelectField} form=${form} name="ip_version" label="Address family" options=${IP_OPTIONS} />
      </div>
      ${takesBody(form.values.value.http_method) && html`<${Body} form=${form} />`}
      <${HeadersField} form=${form} />
      <div class="columns">
        <${TextField} form=${form} name="auth_username" label="User name" optional autocomplete="off"
          spellcheck=${false} hint="For HTTP basic authentication." />
        <${PasswordField} form=${form} name="auth_password" label="Password" optional autocomplete="off" />
      </div>
      <${CheckField} form=${form} name="follow_redirects" label="Follow redirects"
        hint="When off, a redirect is judged as it is." />
      <${CheckField} form=${form} name="verify_ssl" label="Verify the TLS certificate"
        hint="When off, an expired or foreign certificate does not count as down." />
    </div>
  </details>`;
}

function Body({ form }) {
  return html`<${Field} label="Request body" optional error=${form.error('request_body')}>
    ${(tie) => html`<textarea class="textarea" name="request_body" ...${tie} rows="5" spellcheck=${false}
      onInput=${(event) => form.set('request_body', event.currentTarget.value)} value=${form.values.value.request_body}></textarea>`}
  <//>`;
}
