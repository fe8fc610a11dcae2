/** /monitors/new and /monitors/{id}/edit */
import { html } from '../html.js';
import { get } from '../api.js';
import { useForm } from '../form.js';
import { HTTP } from '../model/kinds.js';
import { bodyOf, changesOf, checkFields, fieldsOf, newFields } from '../model/monitor_fields.js';
import { saveMonitor } from '../monitor_actions.js';
import { go } from '../router.js';
import { fromResource } from '../store.js';
import { toast } from '../announce.js';
import { useLoad } from '../use_load.js';
import { readAll } from '../use_resources.js';
import { useTitle } from '../title.js';
import { AdvancedFields } from '../parts/advanced_fields.js';
import { FormFoot, FormPage } from '../parts/form_page.js';
import { FrequencyField } from '../parts/frequency_field.js';
import { AnswerField, KindField } from '../parts/kind_field.js';
import { LoadProblem } from '../parts/load_problem.js';
import { RegionsField } from '../parts/regions_field.js';
import { AddressFields, KindFields } from '../parts/target_fields.js';
import { TextField } from '../parts/text_field.js';

const loadRegions = async (signal) => (await get('/regions', { signal })).data.map(fromResource);

export function MonitorNew() {
  useTitle('Add monitor');
  const send = async (fields) => {
    const id = await saveMonitor(null, bodyOf(fields));
    go(`/monitors/${id}`);
  };
  return html`<${FormPage} title="Add monitor" back="/monitors" backWords="Monitors">
    <${Form} initial=${newFields()} send=${send} action="Add monitor" cancel="/monitors" fresh />
  <//>`;
}

export function MonitorEdit({ id }) {
  const place = `/monitors/${id}`;
  const load = useLoad(async (signal) => fromResource((await get(place, { signal })).data), [id]);
  const { data: monitor, problem } = load.value;
  useTitle(monitor ? `Edit ${monitor.pronounceable_name}` : 'Edit monitor');
  if (!monitor) return problem ? html`<div class="page"><${LoadProblem} problem=${problem}
    what="The monitor" /></div>` : html`<div class="page" aria-busy="true"></div>`;
  const send = async (fields) => {
    await saveMonitor(id, changesOf(fields, monitor));
    toast('Saved');
    go(place);
  };
  return html`<${FormPage} title="Edit monitor" back=${place} backWords=${monitor.pronounceable_name}>
    <${Form} initial=${fieldsOf(monitor)} send=${send} action="Save changes" cancel=${place} id=${id} />
  <//>`;
}

function Form({ initial, send, action, cancel, fresh, id }) {
  const form = useForm(initial, checkFields, send);
  const regions = useLoad(loadRegions, []).value.data;
  const policies = useLoad((signal) => readAll('/policies', signal), []).value.data;
  const kind = form.values.value.monitor_type;
  return html`<form class="panel monitor-form" onSubmit=${form.submit} novalidate>
    <section class="form-part"><${KindField} form=${form} /></section>
    <section class="form-part">
      <${AddressFields} form=${form} fresh=${fresh} />
      ${HTTP.includes(kind) && html`<${AnswerField} form=${form} />`}
      <${KindFields} form=${form} />
      <${TextField} form=${form} name="pronounceable_name" label="Name" optional=${fresh} autocomplete="off"
        hint=${fresh ? 'Left empty, the host name is used.' : undefined} />
    </section>
    <section class="form-part">
      <${FrequencyField} form=${form} />
      <${RegionsField} form=${form} regions=${regions} />
    </section>
    <section class="form-part form-part-flush"><${AdvancedFields} form=${form} id=${id} policies=${policies} /></section>
    <${FormFoot} form=${form} action=${action} cancel=${cancel} />
  </form>`;
}
