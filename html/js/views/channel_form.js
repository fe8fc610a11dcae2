/** /channels/new, /channels/{id}/edit, and the same for a person's own: /contacts/new, /contacts/{id}/edit */
import { html } from '../html.js';
import { get } from '../api.js';
import { toast } from '../announce.js';
import { CHANNELS, CONTACTS, saveChannel } from '../channel_actions.js';
import { kindOf, readKinds } from '../channel_kinds.js';
import { useForm } from '../form.js';
import { pairsOf } from '../model/channel_check.js';
import { bodyOf, changesOf, checkFields, fieldsOf, movedWords, newFields } from '../model/channel_fields.js';
import { fieldsOfKind, isMain } from '../model/channel_kinds.js';
import { go } from '../router.js';
import { fromResource } from '../store.js';
import { useLoad } from '../use_load.js';
import { useTitle } from '../title.js';
import { ChannelKindField } from '../parts/channel_kind_field.js';
import { CheckField } from '../parts/check_field.js';
import { FoldBox } from '../parts/fold.js';
import { FormFoot, FormPage } from '../parts/form_page.js';
import { HearsFields } from '../parts/hears_fields.js';
import { LoadProblem } from '../parts/load_problem.js';
import { SettingField } from '../parts/setting_field.js';
import { TextField } from '../parts/text_field.js';

/** A channel of the team, and a contact of one's own: where each lives, and what it is called. */
const TEAM = { root: CHANNELS, list: '/channels', words: 'Channels', add: 'Add channel', edit: 'Edit channel', place: (id) => `/channels/${id}` };
const OWN = { root: CONTACTS, list: '/settings?part=my-alerts', words: 'My alerts', add: 'Add a way to reach you', edit: 'Edit a way to reach you', personal: true, place: () => '/settings?part=my-alerts' };

export const ChannelNew = () => html`<${New} type=${TEAM} />`;
export const ContactNew = () => html`<${New} type=${OWN} />`;
export const ChannelEdit = ({ id }) => html`<${Edit} type=${TEAM} id=${id} />`;
export const ContactEdit = ({ id }) => html`<${Edit} type=${OWN} id=${id} />`;

const Waiting = ({ problem, type }) => (problem ? html`<div class="page"><${LoadProblem} problem=${problem} what="The form" back=${[type.list, `To ${type.words}`]} /></div>`
  : html`<div class="page" aria-busy="true"></div>`);

function New({ type }) {
  useTitle(type.add);
  const { data: kinds, problem } = useLoad(readKinds, []).value;
  if (!kinds) return html`<${Waiting} problem=${problem} type=${type} />`;
  const send = async (fields) => {
    const made = await saveChannel(type.root, null, bodyOf(fields, kindOf(kinds, fields), type.personal));
    if (type.personal) toast('Added');
    go(type.place(made.id));
  };
  return html`<${FormPage} title=${type.add} back=${type.list} backWords=${type.words}>
    <${Form} initial=${newFields()} kinds=${kinds} send=${send} action=${type.personal ? 'Add' : 'Add channel'} cancel=${type.list} type=${type} />
  <//>`;
}

function Edit({ type, id }) {
  const load = useLoad(async (signal) => {
    const [channel, kinds] = await Promise.all([get(`${type.root}/${id}`, { signal }), readKinds(signal)]);
    return { channel: fromResource(channel.data), kinds };
  }, [id]);
  const { data, problem } = load.value;
  useTitle(data ? `Edit ${data.channel.name}` : type.edit);
  if (!data) return html`<${Waiting} problem=${problem} type=${type} />`;
  const { channel, kinds } = data;
  const kind = kindOf(kinds, channel);
  const send = async (fields) => {
    const changes = changesOf(fields, channel, kind, type.personal);
    if (Object.keys(changes).length) await saveChannel(type.root, id, changes);
    toast('Saved');
    go(type.place(id));
  };
  return html`<${FormPage} title=${type.edit} back=${type.place(id)} backWords=${type.personal ? type.words : channel.name}>
    <${Form} initial=${fieldsOf(channel, kind)} kinds=${kinds} send=${send} action="Save changes" cancel=${type.place(id)} type=${type} channel=${channel} />
  <//>`;
}

function Form({ initial, kinds, send, action, cancel, type, channel }) {
  const form = useForm(initial, checkFields(kinds, type.personal, channel), send);
  const kind = kindOf(kinds, form.values.value);
  return html`<form class="panel monitor-form" onSubmit=${form.submit} novalidate>
    <section class="form-part"><${ChannelKindField} form=${form} kinds=${kinds} fixed=${Boolean(channel)} /></section>
    ${kind && html`<${Settings} key=${kind.id} form=${form} kind=${kind} channel=${channel} />
      <${HearsFields} form=${form} personal=${type.personal} />
      <${FormFoot} form=${form} action=${action} cancel=${cancel} />`}
  </form>`;
}

const filled = (value) => (Array.isArray(value) ? pairsOf(value).length > 0 : Boolean(value));

function Settings({ form, kind, channel }) {
  const fields = fieldsOfKind(kind);
  const movedOf = ({ key }) => movedWords(form.values.value, key, channel);
  const rest = fields.filter((field) => !isMain(field));
  const used = rest.filter(({ key }) => filled(form.values.value[key])).length;
  return html`<section class="form-part">
      <${TextField} form=${form} name="name" label="Name" autocomplete="off" placeholder="Operations" />
      ${fields.filter(isMain).map((field) => html`<${SettingField} key=${field.key} form=${form} field=${field} moved=${movedOf(field)} />`)}
      ${channel && html`<${CheckField} form=${form} name="enabled" label="Turned on" hint="One that is off hears nothing, and keeps its settings." />`}
    </section>
    ${rest.length > 0 && html`<section class="form-part form-part-flush">
      <${FoldBox} used=${used > 0} wrong=${rest.some((field) => form.error(field.key) || movedOf(field))} title=${`More of ${kind.title}`} hint=${used ? `${used} set` : 'all optional'}>
        ${rest.map((field) => html`<${SettingField} key=${field.key} form=${form} field=${field} moved=${movedOf(field)} />`)}
      <//>
    </section>`}`;
}
