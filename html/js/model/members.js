/** Pure: whom a step of a policy tells: its members, in words and as the choices of a list. */

/** What there is to name; every list may be undefined until it is read. */
export const nobodyKnown = { people: [], calendars: [], channels: [], policies: [], urgencies: [] };

const found = (list, id) => (list ?? []).find((one) => String(one.id) === String(id));
export const nameOf = (list, id, gone) => found(list, id)?.name ?? (list ? gone : '…');

/** A person by id or by e-mail. */
export function personName(people, { id, email }) {
  const one = (people ?? []).find((person) => (id !== undefined && id !== null ? String(person.id) === String(id) : person.email === email));
  return one ? one.name || one.email : email ?? (people ? 'a person who is gone' : '…');
}

const ALL = {
  all_channels: 'every channel', all_slack_integrations: 'every Slack channel', all_microsoft_teams_integrations: 'every Microsoft Teams channel',
  all_webhook_integrations: 'every webhook', all_splunk_on_call_integrations: 'every Splunk On-Call',
};

const CHANNELS = ['channel', 'webhook', 'slack_integration', 'microsoft_teams_integration', 'pagerduty_integration'];

/** "whoever is on call", "the entire team", "Anna". */
export function memberWords(member, names) {
  const { type, id } = member;
  if (ALL[type]) return ALL[type];
  if (CHANNELS.includes(type)) return nameOf(names.channels, id, 'a channel that is gone');
  if (type === 'current_on_call') return id ? `whoever is on call in ${nameOf(names.calendars, id, 'a calendar that is gone')}` : 'whoever is on call';
  if (type === 'entire_team') return 'the entire team';
  if (type === 'user') return personName(names.people, member);
  if (type === 'policy') return `the policy ${nameOf(names.policies, id, 'that is gone')}`;
  if (type === 'incident_metadata') return `whoever “${member.metadata_key || '…'}” of the incident names`;
  return 'somebody this page does not know';
}

/** One key for each, so that nobody is chosen twice; what names itself by a key of metadata may be there often. */
export const memberKey = ({ type, id, email, metadata_key: key }) => [type, id ?? email ?? key ?? ''].join(':');

/** The choices of a list: [title, [[key, words, member]]], without those that are chosen, and without a policy itself. */
export function memberChoices(names, chosen, self) {
  const taken = new Set(chosen.map(memberKey));
  const one = (member) => [memberKey(member), memberWords(member, names), member];
  const groups = [
    ['People', [
      { type: 'current_on_call' }, ...(names.calendars ?? []).filter((calendar) => !calendar.default_calendar).map(({ id }) => ({ type: 'current_on_call', id: Number(id) })),
      { type: 'entire_team' }, ...(names.people ?? []).map(({ id }) => ({ type: 'user', id: Number(id) })),
    ]],
    ['Channels', channelMembers(names.channels ?? [])],
    ['Hand over to', (names.policies ?? []).filter(({ id }) => id !== self).map(({ id }) => ({ type: 'policy', id: Number(id) }))],
    ['By metadata', [{ type: 'incident_metadata', metadata_key: '' }]],
  ];
  return groups.map(([title, members]) => [title, members.map(one).filter(([key]) => !taken.has(key))]).filter(([, members]) => members.length);
}

const KIND_ALL = { slack: 'all_slack_integrations', teams: 'all_microsoft_teams_integrations', webhook: 'all_webhook_integrations', splunk_on_call: 'all_splunk_on_call_integrations' };

function channelMembers(channels) {
  if (!channels.length) return [];
  const kinds = [...new Set(channels.map(({ kind }) => KIND_ALL[kind]).filter(Boolean))];
  return [{ type: 'all_channels' }, ...kinds.map((type) => ({ type })), ...channels.map(({ id }) => ({ type: 'channel', id: Number(id) }))];
}
