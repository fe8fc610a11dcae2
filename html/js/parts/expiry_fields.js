/** How long before its certificate or its domain ends a monitor opens an incident. */
import { html } from '../html.js';
import { plural } from '../format.js';
import { takes, usesTls } from '../model/kinds.js';
import { EXPIRY_DAYS } from '../model/monitor_fields.js';
import { SelectField } from './select_field.js';

const OPTIONS = [['', 'Not before it has ended'], ...EXPIRY_DAYS.map((one) => [String(one), `${plural(one, 'day')} before`])];
const HINT = 'And again 7, 3 and 1 day before, until it is renewed.';

/** Whether this kind of monitor has an end to tell of, beside what it is itself about. */
export const hasExpiry = (kind, tlsMode) => !ABOUT_IT.includes(kind) && (takes(kind, 'domain_expiration') || usesTls(kind, tlsMode));

const ABOUT_IT = ['tls', 'domain'];

export function ExpiryFields({ form }) {
  const { monitor_type: kind, tls_mode: mode } = form.values.value;
  return html`<div class="columns">
    ${usesTls(kind, mode) && html`<${SelectField} form=${form} name="ssl_expiration" label="Incident before the certificate ends" options=${OPTIONS} hint=${HINT} />`}
    ${takes(kind, 'domain_expiration') && html`<${SelectField} form=${form} name="domain_expiration" label="Incident before the domain ends" options=${OPTIONS}
      hint=${kind === 'domain' ? HINT : 'Of the domain in the address, as its registry says.'} />`}
  </div>`;
}
