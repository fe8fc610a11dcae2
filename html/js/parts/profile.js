/** The person's own name; the e-mail address is how they sign in. */
import { html } from '../html.js';
import { useForm } from '../form.js';
import { me, rename } from '../session.js';
import { toast } from '../announce.js';
import { FormError } from './field.js';
import { TextField } from './text_field.js';

export function Profile({ title }) {
  const form = useForm({ name: me.value.name ?? '' }, () => ({}), async ({ name }) => {
    await rename(name.trim());
    form.changed.value = false;
    toast('Saved');
  });
  return html`<div class="panel-head"><h2>${title}</h2></div>
    <form class="panel-body setting-form" onSubmit=${form.submit} novalidate>
      <dl class="setting-facts">
        <div><dt>E-mail</dt><dd class="wrap-anywhere">${me.value.email}</dd></div>
        <div><dt>Team</dt><dd class="wrap-anywhere">${me.value.team?.name}</dd></div>
        <div><dt>Role</dt><dd
          class="capital">${[me.value.team?.role, me.value.administrator && 'administrator of this installation'].filter(Boolean).join(', ')}</dd></div>
      </dl>
      <${TextField} form=${form} name="name" label="Name" autocomplete="name" />
      <${FormError} problem=${form.problem.value} />
      <div><button class="button" disabled=${form.busy.value || !form.changed.value}>Save name</button></div>
    </form>`;
}
