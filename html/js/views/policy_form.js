/** /policies/new, with ?from= for a copy, and /policies/{id} */
import { html } from '../html.js';
import { get } from '../api.js';
import { toast } from '../announce.js';
import { useForm } from '../form.js';
import { bodyOf, changesOf, checkFields, fieldsOf, newFields } from '../model/policy_fields.js';
import { savePolicy } from '../policy_actions.js';
import { go } from '../router.js';
import { fromResource } from '../store.js';
import { useLoad } from '../use_load.js';
import { useNames } from '../use_names.js';
import { useTitle } from '../title.js';
import { FormFoot, FormPage } from '../parts/form_page.js';
import { LoadProblem } from '../parts/load_problem.js';
import { PolicySteps } from '../parts/policy_steps.js';
import { TextField } from '../parts/text_field.js';

const LIST = '/policies';

const usePolicy = (id) => useLoad(async (signal) => (id ? fromResource((await get(`/policies/${id}`, { signal })).data) : null), [id]).value;

const Problem = ({ problem }) => (problem ? html`<div class="page"><${LoadProblem} problem=${problem} what="The policy" back=${[LIST, 'To the policies']} /></div>`
  : html`<div class="page" aria-busy="true"></div>`);

export function PolicyNew() {
  const [from] = /^\d+$/.exec(new URLSearchParams(location.search).get('from') ?? '') ?? [];
  const { data: model, problem } = usePolicy(from);
  useTitle('Add policy');
  if (model === undefined) return html`<${Problem} problem=${problem} />`;
  const initial = model ? { ...fieldsOf(model), name: `${model.name} (copy)` } : newFields();
  const send = async (fields) => {
    await savePolicy(null, bodyOf(fields), fields.steps);
    toast('Policy added');
    go(LIST);
  };
  return html`<${FormPage} title="Add policy" back=${LIST} backWords="Escalation"><${Form} initial=${initial} send=${send} action="Add policy" fresh /><//>`;
}

export function PolicyEdit({ id }) {
  const { data: policy, problem } = usePolicy(id);
  useTitle(policy ? `Edit ${policy.name}` : 'Edit policy');
  if (!policy) return html`<${Problem} problem=${problem} />`;
  const send = async (fields) => {
    const changes = changesOf(fields, policy);
    if (Object.keys(changes).length) await savePolicy(id, changes, fields.steps);
    toast('Saved');
    go(LIST);
  };
  return html`<${FormPage} title="Edit policy" back=${LIST} backWords="Escalation"><${Form} initial=${fieldsOf(policy)} send=${send} action="Save changes" self=${id} /><//>`;
}

function Form({ initial, send, action, self, fresh }) {
  const form = useForm(initial, checkFields, send);
  const names = useNames();
  return html`<form class="panel monitor-form" onSubmit=${form.submit} novalidate>
    <section class="form-part"><${TextField} form=${form} name="name" label="Name" autocomplete="off" placeholder="Office hours" autofocus=${fresh} /></section>
    <section class="form-part" aria-label="Steps"><${PolicySteps} form=${form} names=${names} self=${self} /></section>
    <${FormFoot} form=${form} action=${action} cancel=${LIST} />
  </form>`;
}
