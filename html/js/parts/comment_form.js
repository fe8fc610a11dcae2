/** Writes or changes a comment; Ctrl+Enter sends. */
import { html } from '../html.js';
import { useForm } from '../form.js';
import { AreaField } from './area_field.js';
import { FormError } from './field.js';

const CONTENT_MAX = 10_000;

function check({ content }) {
  if (!content.trim()) return { content: 'Write something first' };
  return [...content].length > CONTENT_MAX ? { content: `At most ${CONTENT_MAX.toLocaleString()} characters` } : {};
}

export function CommentForm({ label, initial = '', action, send, onCancel, autofocus }) {
  const form = useForm({ content: initial }, check, async ({ content }) => {
    await send(content);
    form.reset({ content: '' });
  });
  const onKeyDown = (event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.submit(event); };
  return html`<form class="comment-form" onSubmit=${form.submit} onKeyDown=${onKeyDown} novalidate>
    <${AreaField} form=${form} name="content" label=${label} rows="3" autofocus=${autofocus} />
    <${FormError} problem=${form.problem.value?.fields ? null : form.problem.value} />
    <div class="comment-actions">${onCancel && html`<button type="button" class="button button-small" onClick=${onCancel}>Cancel</button>`}
      <button class="button button-small" disabled=${form.busy.value || !form.values.value.content.trim()}>${action}</button></div>
  </form>`;
}
