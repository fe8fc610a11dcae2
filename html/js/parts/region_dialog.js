/** A new region; then at once a token, since a region without an agent does nothing. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { post } from '../api.js';
import { useForm } from '../form.js';
import { onlyWrong } from '../model/checks.js';
import { fromResource } from '../store.js';
import { Dialog } from './dialog.js';
import { FormError } from './field.js';
import { RegionTokens } from './region_tokens.js';
import { TextField } from './text_field.js';

const SLUG = /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/;

const check = ({ slug }) => onlyWrong({
  slug: SLUG.test(slug.trim()) ? undefined : 'Up to 32 small letters, digits and hyphens, like eu-west',
});

export function RegionDialog({ onClose, onMade }) {
  const made = useSignal(null);
  const form = useForm({ slug: '', name: '' }, check, async ({ slug, name }) => {
    const fields = { slug: slug.trim() };
    if (name.trim()) fields.name = name.trim();
    made.value = fromResource((await post('/regions', fields)).data);
    onMade();
  });
  if (made.value) return html`<${RegionTokens} region=${made.value} onClose=${onClose} />`;
  return html`<${Dialog} title="New region" onClose=${onClose}>
    <form class="dialog-form" onSubmit=${form.submit} novalidate>
      <${TextField} form=${form} name="slug" label="Short name" mono autocomplete="off" autocapitalize="none"
        spellcheck=${false} autofocus placeholder="eu-west" hint="Appears in results and in the API; it cannot be changed later." />
      <${TextField} form=${form} name="name" label="Name" optional autocomplete="off" placeholder="Frankfurt" />
      <${FormError} problem=${form.problem.value} />
      <div class="dialog-actions"><button type="button" class="button" onClick=${onClose}>Cancel</button><button
        class="button button-primary" disabled=${form.busy.value}>Add region</button></div>
    </form>
  <//>`;
}
