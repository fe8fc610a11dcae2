/** /reports/new and /reports/{id}/edit */
import { html } from '../html.js';
import { get } from '../api.js';
import { toast } from '../announce.js';
import { useForm } from '../form.js';
import { bodyOf, changesOf, checkFields, fieldsOf, newFields } from '../model/report_fields.js';
import { PERIODS } from '../model/reports.js';
import { saveReport } from '../report_actions.js';
import { go } from '../router.js';
import { me } from '../session.js';
import { fromResource } from '../store.js';
import { useLoad } from '../use_load.js';
import { usePeople } from '../use_names.js';
import { readAll } from '../use_resources.js';
import { useTitle } from '../title.js';
import { Chooser } from '../parts/chooser.js';
import { CheckField } from '../parts/check_field.js';
import { Field } from '../parts/field.js';
import { FormFoot, FormPage } from '../parts/form_page.js';
import { LoadProblem } from '../parts/load_problem.js';
import { PeopleField } from '../parts/people_field.js';
import { Segments } from '../parts/segments.js';
import { TextField } from '../parts/text_field.js';
import { ZoneField } from '../parts/zone_field.js';

const LIST = '/reports';
const PEOPLE_MAX = 50;
const CHANNELS_MAX = 20;

export function ReportNew() {
  useTitle('Add report');
  const send = async (fields) => {
    const report = await saveReport(null, bodyOf(fields));
    toast('Report added');
    go(`${LIST}/${report.id}`);
  };
  return html`<${FormPage} title="Add report" back=${LIST} backWords="Reports"><${Form} initial=${newFields(me.peek()?.email)} send=${send} action="Add report" cancel=${LIST} fresh /><//>`;
}

export function ReportEdit({ id }) {
  const load = useLoad(async (signal) => fromResource((await get(`/reports/${id}`, { signal })).data), [id]);
  const { data: report, problem } = load.value;
  const back = `${LIST}/${id}`;
  useTitle(report ? `Edit ${report.name}` : 'Edit report');
  if (!report) return problem ? html`<div class="page"><${LoadProblem} problem=${problem} what="The report" back=${[LIST, 'To the reports']} /></div>` : html`<div class="page" aria-busy="true"></div>`;
  const send = async (fields) => {
    const changes = changesOf(fields, report);
    if (Object.keys(changes).length) await saveReport(id, changes);
    toast('Saved');
    go(back);
  };
  return html`<${FormPage} title="Edit report" back=${back} backWords=${report.name}><${Form} initial=${fieldsOf(report)} send=${send} action="Save changes" cancel=${back} /><//>`;
}

function Form({ initial, send, action, cancel, fresh }) {
  const form = useForm(initial, checkFields, send);
  const fields = form.values.value;
  return html`<form class="panel monitor-form" onSubmit=${form.submit} novalidate>
    <section class="form-part">
      <${TextField} form=${form} name="name" label="Name" autocomplete="off" placeholder="Our month" autofocus=${fresh} />
      <div><${Segments} label="How often" options=${PERIODS} value=${fields.period} onPick=${(period) => form.set('period', period)} /></div>
      <p class="field-hint">${fields.period === 'week' ? 'From Monday to Sunday, made on Monday morning.' : 'A calendar month, made on the morning of the first.'}</p>
      <${ZoneField} form=${form} name="timezone" />
    </section>
    <section class="form-part"><${Scope} form=${form} fields=${fields} /></section>
    <section class="form-part"><${Receivers} form=${form} fields=${fields} />
      <${CheckField} form=${form} name="enabled" label="Make it by itself" hint="Otherwise only when somebody asks for it." /></section>
    <${FormFoot} form=${form} action=${action} cancel=${cancel} />
  </form>`;
}

function Scope({ form, fields }) {
  const monitors = useLoad((signal) => readAll('/monitors', signal), []).value.data;
  const things = monitors?.map((one) => ({ id: one.id, name: one.pronounceable_name, more: one.url }));
  const all = fields.all_monitors;
  return html`<fieldset class="kinds"><legend class="field-label">About</legend>
      <label class="check"><input type="radio" name="scope" checked=${all} onChange=${() => form.set('all_monitors', true)} /><span class="check-text">Every monitor, also those added later</span></label>
      <label class="check"><input type="radio" name="scope" checked=${!all} onChange=${() => form.set('all_monitors', false)} /><span class="check-text">Only these</span></label>
    </fieldset>
    ${!all && html`<${Field} label="Monitors" error=${form.error('monitor_ids')}>
      ${(tie) => html`<${Chooser} tie=${tie} things=${things} what="monitor" value=${fields.monitor_ids} onChange=${(ids) => form.set('monitor_ids', ids)} />`}<//>`}`;
}

/** People of the team by the mail of their account; whoever is outside of it by a channel. */
function Receivers({ form, fields }) {
  const channels = useLoad((signal) => readAll('/channels', signal), []).value.data?.filter((one) => one.kind === 'email');
  const things = channels?.map((one) => ({ id: one.id, name: one.name, more: [one.settings?.to].flat().join(', ') }));
  return html`<${PeopleField} form=${form} name="emails" label="Send it to" people=${usePeople()} max=${PEOPLE_MAX} hint="Whoever leaves the team gets nothing more." />
    ${(things?.length > 0 || fields.channel_ids.length > 0) && html`<${Field} label="And to these e-mail channels" error=${form.error('channel_ids')}>
      ${(tie) => html`<${Chooser} tie=${tie} things=${things} what="channel" max=${CHANNELS_MAX} value=${fields.channel_ids} onChange=${(ids) => form.set('channel_ids', ids)} />`}<//>`}`;
}
