/** /slos/new and /slos/{id}/edit */
import { html } from '../html.js';
import { get } from '../api.js';
import { toast } from '../announce.js';
import { useForm } from '../form.js';
import { TARGETS, WINDOWS, allowedWords, bodyOf, changesOf, checkFields, fieldsOf, newFields } from '../model/slo_fields.js';
import { go } from '../router.js';
import { saveSlo } from '../slo_actions.js';
import { fromResource } from '../store.js';
import { useLoad } from '../use_load.js';
import { readAll } from '../use_resources.js';
import { useTitle } from '../title.js';
import { CheckField } from '../parts/check_field.js';
import { Chooser } from '../parts/chooser.js';
import { Field } from '../parts/field.js';
import { FormFoot, FormPage } from '../parts/form_page.js';
import { LoadProblem } from '../parts/load_problem.js';
import { SelectField } from '../parts/select_field.js';
import { TextField } from '../parts/text_field.js';
import { ZoneField } from '../parts/zone_field.js';

const LIST = '/slos';

export function SloNew() {
  useTitle('Add SLO');
  const send = async (fields) => go(`${LIST}/${(await saveSlo(null, bodyOf(fields))).id}`);
  return html`<${FormPage} title="Add SLO" back=${LIST} backWords="Service levels">
    <${Form} initial=${newFields()} send=${send} action="Add SLO" cancel=${LIST} fresh />
  <//>`;
}

export function SloEdit({ id }) {
  const place = `${LIST}/${id}`;
  const load = useLoad(async (signal) => fromResource((await get(place, { signal })).data), [id]);
  const { data: slo, problem } = load.value;
  useTitle(slo ? `Edit ${slo.name}` : 'Edit SLO');
  if (!slo) return problem ? html`<div class="page"><${LoadProblem} problem=${problem} what="The service level" back=${[LIST, 'To the service levels']} /></div>` : html`<div class="page" aria-busy="true"></div>`;
  const send = async (fields) => {
    const changes = changesOf(fields, slo);
    if (Object.keys(changes).length) await saveSlo(id, changes);
    toast('Saved');
    go(place);
  };
  return html`<${FormPage} title="Edit SLO" back=${place} backWords=${slo.name}>
    <${Form} initial=${fieldsOf(slo)} send=${send} action="Save changes" cancel=${place} />
  <//>`;
}

function Form({ initial, send, action, cancel, fresh }) {
  const form = useForm(initial, checkFields, send);
  const policies = useLoad((signal) => readAll('/policies', signal), []).value.data;
  const fields = form.values.value;
  return html`<form class="panel monitor-form" onSubmit=${form.submit} novalidate>
    <section class="form-part">
      <${TextField} form=${form} name="name" label="Name" autocomplete="off" placeholder="Checkout" autofocus=${fresh} />
      <${Scope} form=${form} />
    </section>
    <section class="form-part">
      <div class="columns">
        <${TargetField} form=${form} />
        <${SelectField} form=${form} name="window" label="Over" options=${WINDOWS} />
      </div>
      <div class="columns"><${ZoneField} form=${form} name="timezone" /><span></span></div>
      <p class="allowed" role="status">${allowedWords(fields)}</p>
    </section>
    <section class="form-part">
      <${CheckField} form=${form} name="burn_alerts" label="Tell when the error budget is used too fast"
        hint="An incident begins while two windows, a long and a short one, say so, and ends by itself." />
      ${fields.burn_alerts && html`<${SelectField} form=${form} name="policy_id" label="Escalation policy" options=${policyOptions(policies, fields.policy_id)} />`}
    </section>
    <${FormFoot} form=${form} action=${action} cancel=${cancel} />
  </form>`;
}

const policyOptions = (policies, value) => [
  ['', 'None: whoever is on call'], ...(policies ?? []).map((one) => [one.id, one.name]),
  ...(value && !policies?.some(({ id }) => id === value) ? [[value, policies ? 'A policy that is gone' : '…']] : []),
];

function TargetField({ form }) {
  return html`<div class="field"><${TextField} form=${form} name="target" label="Target, in percent of the time" inputmode="decimal" autocomplete="off" placeholder="99.9" />
    <div class="target-picks">${TARGETS.map((one) => html`<button key=${one} type="button" class="target-pick" aria-pressed=${form.values.value.target.trim() === one ? 'true' : 'false'}
      onClick=${() => { form.set('target', one); form.touch('target'); }}>${one}</button>`)}</div></div>`;
}

function Scope({ form }) {
  const monitors = useLoad((signal) => readAll('/monitors', signal), []).value.data;
  const all = form.values.value.all_monitors;
  return html`<fieldset class="kinds">
      <legend class="field-label">For</legend>
      <label class="check"><input type="radio" name="scope" checked=${all} onChange=${() => form.set('all_monitors', true, ['monitor_ids'])} />
        <span class="check-text">Every monitor, also those added later</span></label>
      <label class="check"><input type="radio" name="scope" checked=${!all} onChange=${() => form.set('all_monitors', false)} />
        <span class="check-text">Only these</span></label>
    </fieldset>
    ${!all && html`<${Field} label="Monitors" error=${form.error('monitor_ids')}>
      ${(tie) => html`<${Chooser} tie=${tie} things=${monitors?.map((one) => ({ id: one.id, name: one.pronounceable_name, more: one.url }))} what="monitor"
        value=${form.values.value.monitor_ids} onChange=${(ids) => form.set('monitor_ids', ids)} />`}
    <//>`}`;
}
