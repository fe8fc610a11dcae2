/** Who is told when it fails: a policy; or without one whoever is on call, by some ways, and then the team. */
import { html } from '../html.js';
import { teamWaits } from '../model/alert_fields.js';
import { SelectField } from './select_field.js';
import { WayPicks } from './way_picks.js';

const GONE = 'A policy that is gone';

const choices = (first, policies, value) => [
  ['', first], ...(policies ?? []).map((one) => [one.id, one.name]),
  ...(value && !policies?.some(({ id }) => id === value) ? [[value, policies ? GONE : '…']] : []),
];

/** expires: it has a certificate or a domain that ends. */
export function AlertFields({ form, policies, expires }) {
  const fields = form.values.value;
  return html`<${SelectField} form=${form} name="policy_id" label="Escalation policy" options=${choices('None: whoever is on call', policies, fields.policy_id)}
      hint=${policies?.length === 0 ? html`There is none yet. <a href="/policies/new">Add a policy</a> to notify step by step.` : undefined} />
    ${!fields.policy_id && html`<${WayPicks} form=${form} label="Notify whoever is on call by" hint="Of these each person is told by those they have set up." />
    <div class="columns"><${SelectField} form=${form} name="team_wait" label="Notify the entire team" options=${teamWaits(fields.team_wait)}
      hint="If nobody has acknowledged until then." /><span></span></div>`}
    ${expires && html`<${SelectField} form=${form} name="expiration_policy_id" label="When its certificate or domain ends soon" hint="Such incidents seldom need a phone call at night."
      options=${choices('E-mail to the entire team', policies, fields.expiration_policy_id)} />`}`;
}
