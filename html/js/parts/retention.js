/** How long history is kept: by this team, and by the installation as administrators say. */
import { useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { get, patch } from '../api.js';
import { toast } from '../announce.js';
import { useForm } from '../form.js';
import { listed } from '../format.js';
import { CLASSES, bodyOf, choicesOf, daysWords, fieldsOf, shortened } from '../model/retention.js';
import { me } from '../session.js';
import { useLoad } from '../use_load.js';
import { Confirm } from './confirm.js';
import { FormError } from './field.js';
import { SelectField } from './select_field.js';
import { Skeleton } from './skeleton.js';

const PLACE = '/retention';

export function Retention({ title }) {
  const load = useLoad(async (signal) => (await get(PLACE, { signal })).data.attributes, []);
  const { data, problem } = load.value;
  const put = (fresh) => { load.value = { data: fresh, problem: null }; };
  return html`<div class="panel-head"><h2>${title}</h2></div>
    ${data ? html`<${Part} name="team" title="Of this team" data=${data} onChange=${put} lead="Shorter or longer than what holds for the whole installation." nothing=${(key) => `As the installation (${daysWords(data.installation[key])})`} />
      ${me.value.administrator && html`<${Part} name="installation" title="Of the installation" data=${data} onChange=${put} lead="For every team that has not chosen for itself." nothing=${() => 'For ever'} />`}`
    : html`<div class="panel-body">${problem ? html`<p class="faint small" role="status">${problem.message}${problem.passing && ' Trying again by itself.'}</p>` : html`<${Skeleton} width="60%" />`}</div>`}`;
}

/** Errors of the hub are named "team.ticks". */
const byField = (error, name) => {
  if (!error.fields) return error;
  const fields = Object.fromEntries(Object.entries(error.fields).map(([field, words]) => [field.replace(`${name}.`, ''), words]));
  return Object.assign(error, { fields });
};

function Part({ name, title, data, onChange, lead, nothing }) {
  const asking = useSignal(null);
  const current = useRef(data);
  current.current = data;
  const save = async (body) => {
    try {
      const fresh = (await patch(PLACE, { [name]: body })).data.attributes;
      onChange(fresh);
      form.reset(fieldsOf(fresh[name]));
      toast('Saved');
    } catch (error) { throw byField(error, name); }
  };
  const form = useForm(fieldsOf(data[name]), () => ({}), async (fields) => {
    const { [name]: before, installation } = current.current;
    const body = bodyOf(fields, before);
    const less = shortened(before, body, name === 'team' ? installation : undefined);
    if (less.length) asking.value = { body, less };
    else await save(body);
  });
  return html`<form class="alerting-part" onSubmit=${form.submit} aria-label=${title} novalidate>
    <div><h3>${title}</h3><p class="faint small">${lead}</p></div>
    <div class="retention">${CLASSES.map(([key, words, hint]) => html`<${SelectField} key=${key} form=${form} name=${key} label=${words} hint=${hint} options=${choicesOf(key, data[name][key], nothing(key))} />`)}</div>
    <${FormError} problem=${form.problem.value} />
    <div class="alerting-foot"><button class="button" disabled=${form.busy.value || !form.changed.value}>${form.busy.value ? 'Saving…' : 'Save'}</button></div>
    ${asking.value && html`<${Confirm} title="Keep less?" action="Keep less" work=${() => save(asking.value.body)} onClose=${() => { asking.value = null; }}>
      <p>What is older is deleted within hours and cannot be had back: ${listed(asking.value.less)}.</p><//>`}
  </form>`;
}
