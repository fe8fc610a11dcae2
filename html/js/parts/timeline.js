/** Everything that happened, in order; what people say stands where they said it. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { changeComment, deleteComment } from '../incident_actions.js';
import { me } from '../session.js';
import { CommentForm } from './comment_form.js';
import { Confirm } from './confirm.js';
import { Icon } from './icon.js';
import { LinkedText } from './linked_text.js';
import { Mark } from './mark.js';
import { Menu } from './menu.js';
import { MenuItem } from './menu_item.js';
import { At } from './since.js';

export function Timeline({ id, lines, onChange }) {
  return html`<ol class="timeline">${lines.map((line) => html`<li key=${line.id} class=${`moment moment-${line.what}`}>
    <span class="moment-sign">${line.mark ? html`<${Mark} status=${line.mark} size="18" />` : html`<${Icon} name=${line.icon} size="16" />`}</span>
    ${line.comment ? html`<${Comment} incident=${id} line=${line} onChange=${onChange} />` : html`<${Moment} line=${line} />`}
  </li>`)}</ol>`;
}

function Moment({ line }) {
  return html`<div class="moment-in">
    <p class="moment-head"><span class="wrap-anywhere">${line.title}</span><span class="faint small moment-at"><${At} time=${line.at} /></span></p>
    ${line.text && html`<p class="soft small wrap-anywhere">${line.text}</p>`}
  </div>`;
}

function Comment({ incident, line, onChange }) {
  const editing = useSignal(false);
  const deleting = useSignal(false);
  const mine = String(line.user.id) === me.value.id;
  const save = async (content) => {
    await changeComment(incident, line.comment, content);
    editing.value = false;
    await onChange();
  };
  const remove = async () => {
    await deleteComment(incident, line.comment);
    await onChange();
  };
  if (editing.value) return html`<div class="moment-in"><${CommentForm} label="Comment" initial=${line.text} action="Save" send=${save}
    onCancel=${() => { editing.value = false; }} autofocus /></div>`;
  return html`<div class="moment-in comment">
    <p class="moment-head"><b class="wrap-anywhere">${line.user.name}</b><span class="faint small moment-at"><${At} time=${line.at} /></span>
      ${(mine || me.value.administrator) && html`<${Menu} button=${html`<${Icon} name="more" size="16" />`} label="Actions for this comment" buttonClass="button button-quiet button-icon button-small">
        ${mine && html`<${MenuItem} icon="edit" onPick=${() => { editing.value = true; }}>Edit<//>`}
        <${MenuItem} icon="trash" danger onPick=${() => { deleting.value = true; }}>Delete…<//>
      <//>`}</p>
    <p class="comment-text"><${LinkedText} text=${line.text} /></p>
    ${deleting.value && html`<${Confirm} title="Delete this comment?" action="Delete comment" work=${remove} onClose=${() => { deleting.value = false; }}>
      <p>It is gone for everybody.</p><//>`}
  </div>`;
}
