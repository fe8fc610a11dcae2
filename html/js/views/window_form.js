/** /maintenance/new and /maintenance/{id}/edit */
import { html } from '../html.js';
import { get } from '../api.js';
import { toast } from '../announce.js';
import { now } from '../clock.js';
import { useForm } from '../form.js';
import { UNITS } from '../model/calendar.js';
import { bodyOf, changesOf, checkFields, fieldsOf, newFields } from '../model/window_fields.js';
import { go } from '../router.js';
import { saveWindow } from '../window_actions.js';
import { fromResource } from '../store.js';
import { useLoad } from '../use_load.js';
import { useTitle } from '../title.js';
import { AreaField } from '../parts/area_field.js';
import { DurationField } from '../parts/duration_field.js';
import { FormFoot, FormPage } from '../parts/form_page.js';
import { LoadProblem } from '../parts/load_problem.js';
import { MomentField } from '../parts/moment_field.js';
import { RepeatFields } from '../parts/repeat_fields.js';
import { ScopeField } from '../parts/scope_field.js';
import { Segments } from '../parts/segments.js';
import { TextField } from '../parts/text_field.js';
import { WindowPreview } from '../parts/window_preview.js';
import { ZoneField } from '../parts/zone_field.js';

const LIST = '/maintenance';

/** A monitor's page may lead here with ?monitor=7. */
function asked() {
  const query = new URLSearchParams(location.search);
  const ids = (name) => (/^\d+$/.test(query.get(name) ?? '') ? [query.get(name)] : []);
  return { monitor_ids: ids('monitor'), heartbeat_ids: ids('heartbeat') };
}

export function WindowNew() {
  useTitle('Add maintenance window');
  const send = async (fields) => {
    await saveWindow(null, bodyOf(fields));
    go(LIST);
  };
  return html`<${FormPage} title="Add maintenance window" back=${LIST} backWords="Maintenance">
    <${Form} initial=${{ ...newFields(now.peek()), ...asked() }} send=${send} action="Add window" fresh />
  <//>`;
}

export function WindowEdit({ id }) {
  const load = useLoad(async (signal) => fromResource((await get(`/maintenance-windows/${id}`, { signal })).data), [id]);
  const { data: one, problem } = load.value;
  useTitle(one ? `Edit ${one.name}` : 'Edit maintenance window');
  if (!one) return problem ? html`<div class="page"><${LoadProblem} problem=${problem} what="The window" back=${[LIST, 'To the maintenance windows']} /></div>` : html`<div class="page" aria-busy="true"></div>`;
  const send = async (fields) => {
    const changes = changesOf(fields, one, now.peek());
    if (Object.keys(changes).length) await saveWindow(id, changes);
    toast('Saved');
    go(LIST);
  };
  return html`<${FormPage} title="Edit maintenance window" back=${LIST} backWords="Maintenance">
    <${Form} initial=${fieldsOf(one, now.peek())} send=${send} action="Save changes" />
  <//>`;
}

const KINDS = [['once', 'Once'], ['repeats', 'Repeats']];

function Form({ initial, send, action, fresh }) {
  const form = useForm(initial, checkFields, send);
  const fields = form.values.value;
  return html`<form class="panel monitor-form" onSubmit=${form.submit} novalidate>
    <section class="form-part">
      <${TextField} form=${form} name="name" label="Name" autocomplete="off" placeholder="Database upgrade" autofocus=${fresh} />
      <${AreaField} form=${form} name="description" label="Description" optional prose rows="2" />
    </section>
    <section class="form-part">
      <div><${Segments} label="How often" options=${KINDS} value=${fields.kind} onPick=${(kind) => form.set('kind', kind)} /></div>
      ${fields.kind === 'once' ? html`<${Once} form=${form} fields=${fields} />` : html`<${Repeats} form=${form} />`}
      <${WindowPreview} fields=${fields} />
    </section>
    <section class="form-part"><${ScopeField} form=${form} /></section>
    <${FormFoot} form=${form} action=${action} cancel=${LIST} />
  </form>`;
}

const WAYS = [['length', 'For a length of time'], ['end', 'Until a moment']];
const LENGTHS = UNITS.map(([unit]) => unit).filter((unit) => unit !== 'second').reverse();

function Once({ form, fields }) {
  return html`<div class="columns">
      <${MomentField} form=${form} name="starts" label="Starts" />
      <${ZoneField} form=${form} name="timezone" />
    </div>
    <div><${Segments} label="How long" options=${WAYS} value=${fields.by} onPick=${(way) => form.set('by', way)} /></div>
    ${fields.by === 'length' ? html`<${DurationField} form=${form} name="length" label="Lasts" units=${LENGTHS} />`
      : html`<div class="columns"><${MomentField} form=${form} name="ends" label="Ends" /><span></span></div>`}`;
}

function Repeats({ form }) {
  return html`<${RepeatFields} form=${form} />
    <div class="columns">
      <${MomentField} form=${form} name="starts" label="From" hint="The first day it may open, and the time of day." />
      <${ZoneField} form=${form} name="timezone" />
    </div>
    <${DurationField} form=${form} name="length" label="Lasts" units=${LENGTHS} hint="Each time." />`;
}
