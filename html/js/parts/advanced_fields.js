/** What most monitors never need, in parts that are folded; each kind has only the parts it can use. */
import { html } from '../html.js';
import { dailyWords } from '../model/daily.js';
import { alertsHint } from '../model/alert_fields.js';
import { HTTP, takes, timeoutIsMs, timeoutsOf, usesTls } from '../model/kinds.js';
import { METHODS, authOf, takesBody } from '../model/monitor_fields.js';
import { AlertFields } from './alert_fields.js';
import { AreaField } from './area_field.js';
import { AssertionsField } from './assertions_field.js';
import { CheckField } from './check_field.js';
import { DailyFields } from './daily_fields.js';
import { ExpiryFields, hasExpiry } from './expiry_fields.js';
import { Fold } from './fold.js';
import { HeadersField } from './headers_field.js';
import { NumberField } from './number_field.js';
import { SelectField } from './select_field.js';
import { SignInFields } from './sign_in_fields.js';
import { TextField } from './text_field.js';
import { VerdictFields } from './verdict_fields.js';

const METHOD_OPTIONS = METHODS.map((one) => [one, one.toUpperCase()]);
const VERSION_OPTIONS = [['', 'HTTP/2 if the server can'], ['1.1', 'HTTP/1.1'], ['2', 'HTTP/2 only']];
const IP_OPTIONS = [['', 'IPv4 or IPv6'], ['ipv4', 'IPv4 only'], ['ipv6', 'IPv6 only']];
const TLS_OPTIONS = [['', 'As the agent has it'], ['1.0', 'TLS 1.0'], ['1.1', 'TLS 1.1'], ['1.2', 'TLS 1.2'], ['1.3', 'TLS 1.3']];

export function AdvancedFields({ form, id, policies }) {
  const kind = form.values.value.monitor_type;
  const signsIn = takes(kind, 'auth_username') || takes(kind, 'auth_token');
  const ends = hasExpiry(kind, form.values.value.tls_mode) || ['tls', 'domain'].includes(kind);
  return html`
    <${Fold} form=${form} part="alerts" title="Alerting" hint=${alertsHint(form.values.value, policies)}><${AlertFields} form=${form} policies=${policies} expires=${ends} /><//>
    ${takes(kind, 'assertions') && html`<${Fold} form=${form} part="answer" title="Assertions"
      hint="headers, JSON, body"><${AssertionsField} form=${form} /><//>`}
    ${takes(kind, 'request_headers') && html`<${Fold} form=${form} part="request" title="Request options"
      hint=${HTTP.includes(kind) ? 'method, body, headers, redirects' : 'headers'}><${RequestFields} form=${form} kind=${kind} /><//>`}
    ${signsIn && html`<${Fold} form=${form} part="sign_in" title="Sign-in"
      hint=${authOf(form.values.value, kind) === 'none' ? 'none' : 'set'}><${SignInFields} form=${form} kind=${kind} /><//>`}
    ${usesTls(kind, form.values.value.tls_mode) && html`<${Fold} form=${form} part="tls" title="TLS"
      hint="verification, versions, certificates"><${TlsFields} form=${form} kind=${kind} /><//>`}
    ${hasExpiry(kind, form.values.value.tls_mode) && html`<${Fold} form=${form} part="expiry" title="Expiry"
      hint=${takes(kind, 'domain_expiration') ? 'certificate and domain' : 'certificate'}><${ExpiryFields} form=${form} /><//>`}
    <${Fold} form=${form} part="verdict" title="Confirmation and dependencies" hint="periods, quorum, parents"><${VerdictFields}
      form=${form} id=${id} /><//>
    <${Fold} form=${form} part="way" title="Timing and network" hint="timeout, slowness, address family"><${WayFields}
      form=${form} kind=${kind} /><//>
    <${Fold} form=${form} part="daily" title="Daily maintenance" hint=${form.values.value.daily ? dailyWords(form.values.value) : 'none'}><${DailyFields}
      form=${form} hint="It is checked as ever, and no failure opens an incident." /><//>`;
}

function RequestFields({ form, kind }) {
  if (!HTTP.includes(kind)) return html`<${HeadersField} form=${form} />`;
  return html`<div class="columns">
      <${SelectField} form=${form} name="http_method" label="Method" options=${METHOD_OPTIONS} />
      <${SelectField} form=${form} name="http_version" label="Version" options=${VERSION_OPTIONS} />
    </div>
    ${takesBody(form.values.value.http_method) && html`<${AreaField} form=${form} name="request_body" label="Request body" optional rows="5" />`}
    <${HeadersField} form=${form} />
    <${CheckField} form=${form} name="follow_redirects" label="Follow redirects"
      hint="When off, a redirect is judged as it is." />
    <${CheckField} form=${form} name="remember_cookies" label="Keep cookies while redirected"
      hint="When off, each request of the chain starts without any." />`;
}

function TlsFields({ form, kind }) {
  const held = form.values.value.client_key_set;
  return html`<${CheckField} form=${form} name="verify_ssl" label="Verify the TLS certificate"
      hint="When off, an expired or foreign certificate does not count as down." />
    <div class="columns">
      <${SelectField} form=${form} name="tls_min_version" label="Oldest version accepted" options=${TLS_OPTIONS} />
    </div>
    <${AreaField} form=${form} name="ca_certificates" label="Authorities" optional rows="3" placeholder="-----BEGIN CERTIFICATE-----"
      hint="PEM; trusted instead of the usual ones." />
    <${AreaField} form=${form} name="client_certificate" label="Client certificate" optional rows="3"
      placeholder="-----BEGIN CERTIFICATE-----" hint="PEM; shown to servers that ask for one." />
    <${AreaField} form=${form} name="client_key" label="Client key" optional rows="3" autocomplete="off"
      placeholder=${held ? 'Kept. Paste another to replace it.' : '-----BEGIN PRIVATE KEY-----'}
      hint="PEM, not encrypted. It is never shown again." />`;
}

const seconds = (ms) => (ms < 1000 ? `${ms} ms` : `${ms / 1000} s`);

function WayFields({ form, kind }) {
  const timeouts = timeoutsOf(kind).map((one) => [String(one), timeoutIsMs(kind) ? seconds(one) : `${one} s`]);
  return html`<div class="columns">
      <${SelectField} form=${form} name="request_timeout" label="Timeout" options=${timeouts} hint="The whole check has this long." />
      <${NumberField} form=${form} name="degraded_threshold" label="Degraded above" optional unit="ms" />
      ${takes(kind, 'ip_version') && html`<${SelectField} form=${form} name="ip_version" label="Address family" options=${IP_OPTIONS} />`}
    </div>
    ${takes(kind, 'proxy_host') && html`<div class="host-row">
      <${TextField} form=${form} name="proxy_host" label="HTTP proxy" mono optional autocomplete="off" spellcheck=${false} placeholder="proxy.example.com" />
      <${TextField} form=${form} name="proxy_port" label="Proxy port" mono inputmode="numeric" autocomplete="off" placeholder="3128" /></div>`}`;
}
