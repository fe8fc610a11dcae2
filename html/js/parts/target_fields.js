/** Where a monitor points to, and what its kind cannot do without. */
import { html } from '../html.js';
import { kindWords, needsPort, takes, tlsModesOf } from '../model/kinds.js';
import { RECORDS, takesKeyword } from '../model/monitor_fields.js';
import { AreaField } from './area_field.js';
import { ExpiryFields } from './expiry_fields.js';
import { NumberField } from './number_field.js';
import { SelectField } from './select_field.js';
import { TextField } from './text_field.js';

const RECORD_OPTIONS = RECORDS.map((one) => [one, one]);

export function AddressFields({ form, fresh }) {
  const kind = form.values.value.monitor_type;
  const { address, port } = kindWords(kind);
  const web = address.check === 'web' || address.check === 'socket';
  const field = html`<${TextField} form=${form} name="url" label=${address.label} type=${web ? 'url' : 'text'} mono
    placeholder=${address.placeholder} autocomplete="off" autocapitalize="none" spellcheck=${false} autofocus=${fresh} />`;
  if (!takes(kind, 'port')) return field;
  return html`<div class="host-row">${field}
    <${TextField} form=${form} name="port" label="Port" mono optional=${!needsPort(kind)} placeholder=${port} inputmode="numeric"
      autocomplete="off" hint=${needsPort(kind) ? undefined : `${port} if left empty.`} /></div>`;
}

const sends = (kind) => kind === 'tcp' || kind === 'udp';

export function KindFields({ form }) {
  const kind = form.values.value.monitor_type;
  return html`
    ${kind === 'expected_status_code' && html`<${Statuses} form=${form} />`}
    ${takesKeyword(kind) && html`<${TextField} form=${form} name="required_keyword" autocomplete="off" spellcheck=${false}
      label=${kind === 'keyword' ? 'Text that must be there' : 'Text that must not be there'} />`}
    ${sends(kind) && html`<${SendFields} form=${form} kind=${kind} />`}
    ${kind === 'dns' && html`<${DnsFields} form=${form} />`}
    ${kind === 'ping' && html`<div class="columns">
      <${NumberField} form=${form} name="ping_packets" label="Packets" unit="per check" />
      <${NumberField} form=${form} name="ping_loss_threshold" label="Accepted loss" unit="%"
        hint="More than that is degraded; losing all of them is down." /></div>`}
    ${kind === 'grpc' && html`<${TextField} form=${form} name="grpc_service" label="Service" mono optional autocomplete="off"
      spellcheck=${false} placeholder="package.Service" hint="Left empty, the server as a whole is asked." />`}
    ${takes(kind, 'tls_mode') && html`<div class="columns">
      <${SelectField} form=${form} name="tls_mode" label="Encryption" options=${tlsModesOf(kind)} />
      ${takes(kind, 'database') && html`<${TextField} form=${form} name="database" label="Database" optional autocomplete="off"
        spellcheck=${false} placeholder=${kind === 'redis' ? '0' : 'postgres'} />`}</div>`}
    ${(kind === 'tls' || kind === 'domain') && html`<${ExpiryFields} form=${form} />`}`;
}

function Statuses({ form }) {
  const hub = { ...form, error: (name) => form.error(name) ?? form.error('expected_status_codes') ?? form.error('expected_status_ranges') };
  return html`<${TextField} form=${hub} name="statuses" label="Status codes" mono inputmode="text" autocomplete="off"
    placeholder="200, 204, 300-399" hint="Codes and ranges, with commas between." />`;
}

function SendFields({ form, kind }) {
  return html`<div class="columns">
    <${AreaField} form=${form} name="request_body" label="Send" optional rows="2" hint="Exactly this, once connected." />
    <${AreaField} form=${form} name="required_keyword" label="Answer must contain" optional=${kind === 'tcp'} rows="2"
      hint=${kind === 'tcp' ? 'Left empty, the connection is enough.' : 'Without an answer nobody knows whether a datagram arrived.'} /></div>`;
}

function DnsFields({ form }) {
  return html`<div class="host-row">
      <${TextField} form=${form} name="request_body" label="Name to ask for" mono autocomplete="off" autocapitalize="none"
        spellcheck=${false} placeholder="example.com" />
      <${SelectField} form=${form} name="dns_record_type" label="Record" options=${RECORD_OPTIONS} /></div>
    <${AreaField} form=${form} name="dns_expected_answers" label="Expected answers" optional rows="3"
      hint="One on each line; each of them must be among the answers." />`;
}
