/** Where nobody hears of an incident, that is said, with the ways to mend it. */
import { html } from '../html.js';
import { nobodyHears } from '../model/reach.js';
import { me } from '../session.js';
import { usePeople } from '../use_names.js';
import { useResources } from '../use_resources.js';
import { Icon } from './icon.js';

export function useNobodyHears() {
  const people = usePeople();
  return nobodyHears(people, useResources('/channels', 'channel').value.data);
}

/** The ways out, the shortest first. */
export const ReachWays = () => html`${me.value.administrator ? html`<a href="/settings?part=alerting">Set up the mail server</a>`
  : 'Ask an administrator to set up a mail server'}, <a href="/channels/new">add a channel</a> or <a href="/contacts/new">a way to reach you</a>.`;

export function ReachNotice() {
  if (!useNobodyHears()) return null;
  return html`<div class="banner banner-in-page" role="status" data-testid="reach">
    <${Icon} name="alert" />
    <p><strong>Nobody can be told when something fails.</strong> It is only shown here. <${ReachWays} /></p>
  </div>`;
}
