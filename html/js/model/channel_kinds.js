/**
 * Pure: the kinds of channels in words. What a kind takes, and whether it can be used here, is the
 * hub's to say (GET /channel-kinds: rules of core.channel_kinds()); here is what each is good for,
 * and what its fields are called. A field without words here is shown under its own name.
 */
import { capital } from './calendar.js';

export const GROUPS = [
  ['Mail and web', ['email', 'webhook']],
  ['Chat', ['slack', 'teams', 'discord', 'telegram', 'mattermost', 'google_chat', 'matrix']],
  ['On-call services', ['pagerduty', 'opsgenie', 'splunk_on_call', 'alertmanager']],
  ['Phones and push', ['ntfy', 'gotify', 'pushover', 'twilio_sms', 'twilio_voice']],
];

/** Of each kind: what it does, in a few words. */
export const KIND_HINTS = {
  email: 'Text and HTML, to up to 20 addresses', webhook: 'A request to an address of yours', slack: 'A message in a channel', teams: 'A card in a channel',
  discord: 'A message in a channel', telegram: 'A message by a bot', mattermost: 'A message in a channel', google_chat: 'A message in a space',
  matrix: 'A message in a room', pagerduty: 'Opens and closes an incident', opsgenie: 'Opens and closes an alert', splunk_on_call: 'Opens and closes an incident',
  alertmanager: 'Fires and resolves an alert', ntfy: 'Push, also from your own server', gotify: 'Push from your own server', pushover: 'Push to phones',
  twilio_sms: 'A text message by Twilio', twilio_voice: 'A call by Twilio that reads it out',
};

/** What people may use a way for: `ways` of a contact. */
export const WAYS = [['email', 'E-mail'], ['push', 'Push'], ['sms', 'SMS'], ['call', 'Call'], ['critical_alert', 'Critical alert']];

const own = 'Empty: that of this installation.';
const twilio = {
  to: ['Number', 'With its country, like +14155550100.', '+14155550100'],
  from: ['From', own], account_sid: ['Account SID', own], auth_token: ['Auth token', 'Only with an account of its own.'],
};
const chatHook = (hint, placeholder) => ({ url: ['Webhook URL', hint, placeholder] });

/** [label, hint, placeholder], in the order in which they are asked for. */
const WORDS = {
  email: { to: ['Addresses', 'One on each line, or with commas between.', 'ops@example.com'] },
  webhook: {
    url: ['Address', null, 'https://example.com/hooks/alerts'], method: ['Method', 'POST, unless you choose another.'],
    headers: ['Headers', 'For an Authorization of its own, for example.'], signing_secret: ['Signing secret', 'Requests are signed with it, so that the receiver can tell who sent them.'],
    username: ['User name', 'For HTTP authentication.'], password: ['Password'],
    template: ['Body', 'Empty: everything there is to say, as JSON.'], content_type: ['Content type', null, 'application/json'],
    verify_tls: ['Certificate', 'Take any only from servers of your own, whose certificate nobody has signed.'],
  },
  slack: chatHook('At api.slack.com/apps: your app, Incoming Webhooks, Add New Webhook to Workspace.', 'https://hooks.slack.com/services/…'),
  teams: chatHook('In Teams: Workflows, a flow that begins “When a Teams webhook request is received” and posts to the channel.', 'https://….logic.azure.com/…'),
  discord: chatHook('In Discord: Edit Channel, Integrations, Webhooks.', 'https://discord.com/api/webhooks/…'),
  google_chat: chatHook('In the space: Apps & integrations, Add webhooks.', 'https://chat.googleapis.com/v1/spaces/…'),
  mattermost: {
    ...chatHook('In Mattermost: Product menu, Integrations, Incoming Webhooks.', 'https://chat.example.com/hooks/…'),
    channel: ['Channel', 'Empty: that of the webhook.', 'town-square'], username: ['Shown name', 'Who the message is from, if the server lets webhooks say so.'],
  },
  telegram: {
    token: ['Bot token', 'From @BotFather.', '123456:ABC…'], chat_id: ['Chat', 'Its number, or @name of a public channel. The bot has to be in it.', '-1001234567890'],
    thread_id: ['Topic', 'The number of a topic, in a group that has them.'], api_url: ['Server', 'Empty: api.telegram.org.', 'https://api.telegram.org'],
  },
  pagerduty: {
    routing_key: ['Integration key', 'Of an integration “Events API v2” of the service.'], severity: ['Severity', 'Of what is down; the rest says how bad it is.'],
    api_url: ['Server', 'For accounts in the EU: https://events.eu.pagerduty.com.'],
  },
  opsgenie: {
    api_key: ['API key', 'Of an integration “API”.'], priority: ['Priority', 'Of what is down. Empty: P1.'], tags: ['Tags', 'With commas between.', 'web, shop'],
    api_url: ['Server', 'For accounts in the EU: https://api.eu.opsgenie.com.'],
  },
  splunk_on_call: {
    api_key: ['API key', 'In the address of the integration “REST – Generic”, between /alert/ and the routing key.'], routing_key: ['Routing key', 'It says which team is told.'],
    api_url: ['Address before the key', 'Empty: https://alert.victorops.com/integrations/generic/20131114/alert.'],
  },
  alertmanager: {
    url: ['Address', null, 'http://alertmanager.example.com:9093'], labels: ['Labels', 'Added to every alert, for your routes.'],
    token: ['Bearer token'], username: ['User name', 'For HTTP authentication.'], password: ['Password'],
  },
  ntfy: {
    topic: ['Topic', 'Whoever knows it can read it: choose one that cannot be guessed.', 'ops-7Qx2vK'], url: ['Server', 'Empty: ntfy.sh.', 'https://ntfy.sh'],
    token: ['Access token'], priority: ['Priority', '1 to 5. Empty: by how bad it is.'], username: ['User name'], password: ['Password'],
  },
  gotify: { url: ['Server', null, 'https://push.example.com'], token: ['Application token', 'In Gotify: Apps, Create application.'], priority: ['Priority', '0 to 10. Empty: by how bad it is.'] },
  pushover: {
    user_key: ['User or group key'], token: ['Application token', 'Of an application that you create at Pushover.'], device: ['Device', 'Empty: all of them.'],
    sound: ['Sound'], priority: ['Priority', '-2 to 2. Empty: by how bad it is.'], api_url: ['Server', 'Empty: api.pushover.net.'],
  },
  matrix: {
    url: ['Homeserver', null, 'https://matrix.example.com'], room_id: ['Room', 'Its internal ID: settings of the room, Advanced.', '!abc:example.com'],
    token: ['Access token', 'Of an account that is in the room. In Element: Settings, Help & About.'],
  },
  twilio_sms: twilio,
  twilio_voice: twilio,
};

/** Of a kind of the hub: every field it takes as {key, part, name, rule, label, hint, placeholder}, known ones in their order. */
export function fieldsOfKind({ id, settings = {}, secrets = {} }) {
  const words = WORDS[id] ?? {};
  const order = Object.keys(words);
  const place = ({ name }) => (order.includes(name) ? order.indexOf(name) : order.length);
  const of = (part, rules) => Object.entries(rules ?? {}).map(([name, rule]) => {
    const [label, hint, placeholder] = words[name] ?? [capital(name.replaceAll('_', ' '))];
    return { key: `${part}.${name}`, part, name, rule, label, hint, placeholder };
  });
  return [...of('settings', settings), ...of('secrets', secrets)].sort((a, b) => place(a) - place(b));
}

/** What is asked for at once; the rest is folded away. */
export const isMain = ({ rule, name }) => Boolean(rule.required) || ['method'].includes(name);

/** The kinds of the hub in the groups above; those this page does not know yet stand at the end. */
export function groupsOf(kinds) {
  const known = GROUPS.flatMap(([, ids]) => ids);
  const groups = GROUPS.map(([name, ids]) => [name, ids.map((id) => kinds.find((kind) => kind.id === id)).filter(Boolean)]);
  return [...groups, ['Others', kinds.filter((kind) => !known.includes(kind.id))]].filter(([, some]) => some.length);
}
