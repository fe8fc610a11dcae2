/** Where messages go: a card for each kind in groups; once chosen only that one is shown, with the way back. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { KIND_HINTS, groupsOf } from '../model/channel_kinds.js';
import { settingsFields } from '../model/channel_fields.js';
import { me } from '../session.js';
import { ChannelIcon } from './channel_icon.js';
import { FieldError } from './field.js';
import { Icon } from './icon.js';

/** A name that nobody has written yet follows the kind. */
function pick(form, kind, kinds) {
  const { name } = form.values.peek();
  if (!name || kinds.some(({ title }) => title === name)) form.set('name', kind.title);
  Object.entries(settingsFields(kind)).forEach(([key, value]) => form.set(key, value));
  form.set('ways', kind.ways ?? []);
  form.set('kind', kind.id);
}

/** fixed: it can not be changed any more. */
export function ChannelKindField({ form, kinds, fixed }) {
  const kind = kinds.find(({ id }) => id === form.values.value.kind);
  const choosing = useSignal(!kind);
  if (kind && !choosing.value) return html`<div class="chosen-kind">
      <${ChannelIcon} kind=${kind.id} size="24" />
      <div class="chosen-kind-words"><b>${kind.title}</b><span class="field-hint">${KIND_HINTS[kind.id]}</span></div>
      ${!fixed && html`<button type="button" class="button button-small" onClick=${() => { choosing.value = true; }}>Choose another</button>`}
    </div>
    ${kind.available === false && html`<${Missing} kind=${kind} />`}
    <${FieldError} error=${form.error('kind')} />`;
  const choose = (one) => {
    pick(form, one, kinds);
    choosing.value = false;
    requestAnimationFrame(() => document.querySelector('.monitor-form [name="name"]')?.focus());
  };
  return html`<fieldset class="kinds channel-kinds">
    <legend class="field-label">Where messages go</legend>
    <${FieldError} error=${form.error('kind')} />
    ${groupsOf(kinds).map(([name, some]) => html`<div class="channel-kind-group" key=${name}>
      <h2 class="channel-kind-name">${name}</h2>
      <div class="channel-cards">${some.map((one) => html`<button type="button" class="channel-card" key=${one.id} aria-pressed=${String(one === kind)} onClick=${() => choose(one)}>
        <${ChannelIcon} kind=${one.id} size="22" />
        <span class="channel-card-words"><b>${one.title}</b><span class="field-hint">${KIND_HINTS[one.id]}</span>
          ${one.available === false && html`<span class="channel-card-missing"><${Icon} name="alert" size="14" />Not set up yet</span>`}</span>
      </button>`)}</div>
    </div>`)}
  </fieldset>`;
}

/** What this installation lacks, and who can mend it. */
export function Missing({ kind }) {
  return html`<div class="banner banner-in-page" role="status"><${Icon} name="alert" />
    <p>${kind.problem}. ${me.value.administrator ? html`<a href="/settings?part=alerting">Set it up</a>, or nothing will be sent.` : 'Ask an administrator to set it up, or nothing will be sent.'}</p></div>`;
}
