/** /policies */
import { html } from '../html.js';
import { plural } from '../format.js';
import { usePeople } from '../use_names.js';
import { dropOne, putOne, useResources } from '../use_resources.js';
import { useTitle } from '../title.js';
import { EmptyPolicies } from '../parts/empty_policies.js';
import { Icon } from '../parts/icon.js';
import { LoadProblem } from '../parts/load_problem.js';
import { MonitorListSkeleton } from '../parts/monitor_list.js';
import { ReachNotice } from '../parts/reach_notice.js';
import { PolicyCard } from '../parts/policy_card.js';
import { Urgencies } from '../parts/urgencies.js';

const byName = (a, b) => a.name.localeCompare(b.name);

export function Policies() {
  const load = useResources('/policies', 'policy');
  const urgent = useResources('/urgencies', 'urgency');
  const calendars = useResources('/on-calls', 'on_call').value.data;
  const channels = useResources('/channels', 'channel').value.data;
  const people = usePeople();
  const { data: policies, problem } = load.value;
  const urgencies = urgent.value.data;
  useTitle('Escalation');
  if (!policies) return html`<div class="page">${problem ? html`<${LoadProblem} problem=${problem} what="The list" />`
    : html`<div aria-busy="true"><section class="health"><h1 tabindex="-1">Escalation</h1></section><${MonitorListSkeleton} /></div>`}</div>`;
  const names = { policies, urgencies, calendars, channels, people };
  return html`<div class="page">
    <div class="page-head list-head"><section class="health"><h1 tabindex="-1">${policies.length ? plural(policies.length, 'escalation policy', 'escalation policies') : 'Escalation'}</h1></section>
      ${policies.length > 0 && html`<div class="page-actions"><a class="button button-primary" href="/policies/new"><${Icon} name="plus" />Add policy</a></div>`}</div>
    <${ReachNotice} />
    <div class="stack">
      ${policies.length === 0 && html`<${EmptyPolicies} />`}
      ${policies.length > 0 && html`<ul class="policies" aria-label="Policies">${[...policies].sort(byName).map((one) => html`<${PolicyCard} key=${one.id} policy=${one} names=${names}
        onGone=${(id) => dropOne(load, id)} />`)}</ul>`}
      ${urgencies && html`<${Urgencies} urgencies=${[...urgencies].sort(byName)} policies=${policies} onSaved=${(one) => putOne(urgent, one)} onGone=${(id) => dropOne(urgent, id)} />`}
    </div>
  </div>`;
}
