/** /heartbeats/new and /heartbeats/{id}/edit */
import { html } from '../html.js';
import { get } from '../api.js';
import { toast } from '../announce.js';
import { useForm } from '../form.js';
import { saveHeartbeat } from '../heartbeat_actions.js';
import { alertsHint, newAlerts } from '../model/alert_fields.js';
import { dailyWords } from '../model/daily.js';
import { bodyOf, changesOf, checkFields, fieldsOf, newFields } from '../model/heartbeat_fields.js';
import { go } from '../router.js';
import { fromResource } from '../store.js';
import { useLoad } from '../use_load.js';
import { readAll } from '../use_resources.js';
import { useTitle } from '../title.js';
import { AlertFields } from '../parts/alert_fields.js';
import { CheckField } from '../parts/check_field.js';
import { DailyFields } from '../parts/daily_fields.js';
import { DurationField } from '../parts/duration_field.js';
import { FoldBox } from '../parts/fold.js';
import { FormFoot, FormPage } from '../parts/form_page.js';
import { LoadProblem } from '../parts/load_problem.js';
import { ScheduleField } from '../parts/schedule_field.js';
import { TextField } from '../parts/text_field.js';

export function HeartbeatNew() {
  useTitle('Add heartbeat');
  const send = async (fields) => go(`/heartbeats/${(await saveHeartbeat(null, bodyOf(fields))).id}`);
  return html`<${FormPage} title="Add heartbeat" back="/heartbeats" backWords="Heartbeats">
    <${Form} initial=${newFields()} send=${send} action="Add heartbeat" cancel="/heartbeats" fresh />
  <//>`;
}

export function HeartbeatEdit({ id }) {
  const place = `/heartbeats/${id}`;
  const load = useLoad(async (signal) => fromResource((await get(place, { signal })).data), [id]);
  const { data: heartbeat, problem } = load.value;
  useTitle(heartbeat ? `Edit ${heartbeat.name}` : 'Edit heartbeat');
  if (!heartbeat) return problem ? html`<div class="page"><${LoadProblem} problem=${problem} what="The heartbeat" back=${['/heartbeats', 'To the heartbeats']} /></div>`
    : html`<div class="page" aria-busy="true"></div>`;
  const send = async (fields) => {
    const changes = changesOf(fields, heartbeat);
    if (Object.keys(changes).length) await saveHeartbeat(id, changes);
    toast('Saved');
    go(place);
  };
  return html`<${FormPage} title="Edit heartbeat" back=${place} backWords=${heartbeat.name}>
    <${Form} initial=${fieldsOf(heartbeat)} send=${send} action="Save changes" cancel=${place} />
  <//>`;
}

/** As it is by default it stays folded. */
const alertsUsed = (fields) => Object.entries(newAlerts()).some(([name, usual]) => fields[name] !== usual);

const DAILY = ['maintenance_from', 'maintenance_to', 'maintenance_timezone', 'maintenance_days'];

function Form({ initial, send, action, cancel, fresh }) {
  const form = useForm(initial, checkFields, send);
  const policies = useLoad((signal) => readAll('/policies', signal), []).value.data;
  const fields = form.values.value;
  return html`<form class="panel monitor-form" onSubmit=${form.submit} novalidate>
    <section class="form-part"><${TextField} form=${form} name="name" label="Name" autocomplete="off" placeholder="Nightly backup" autofocus=${fresh} /></section>
    <section class="form-part"><${ScheduleField} form=${form} /></section>
    <section class="form-part form-part-flush">
      <${FoldBox} used=${alertsUsed(fields)} wrong=${Boolean(form.error('ways'))} title="Alerting" hint=${alertsHint(fields, policies)}><${AlertFields} form=${form} policies=${policies} /><//>
      <${FoldBox} used=${fields.limited} wrong=${Boolean(form.error('max_runtime'))} title="Longest run" hint=${fields.limited ? 'limited' : 'any'}>
        <${CheckField} form=${form} name="limited" label="A run may not take longer than this"
          hint="For jobs that tell when they start: one that does not end in time counts as failed." />
        ${fields.limited && html`<${DurationField} form=${form} name="max_runtime" label="Longest run" />`}
      <//>
      <${FoldBox} used=${fields.daily} wrong=${DAILY.some((name) => form.error(name))} title="Daily maintenance" hint=${fields.daily ? dailyWords(fields) : 'none'}>
        <${DailyFields} form=${form} hint="Nothing is expected meanwhile, and nothing counts as missed." />
      <//>
    </section>
    <${FormFoot} form=${form} action=${action} cancel=${cancel} />
  </form>`;
}
