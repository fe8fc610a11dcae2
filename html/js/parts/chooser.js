/** Chooses things by name: what is typed narrows a list, arrows and Enter choose, Backspace takes the last one back. */
import { useEffect, useId, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { namesLike } from '../model/listing.js';
import { Icon } from './icon.js';

const SHOWN_MAX = 50;

/**
 * things: [{id, name, more}], undefined until they are known. value: ids. except: ids that are not offered.
 * what: what one of them is called. tie: what ties it to its label and hint; or label.
 */
export function Chooser({ things, value, onChange, what, max = Infinity, except = [], label, tie = {}, placeholder = 'Type a name' }) {
  const text = useSignal('');
  const open = useSignal(false);
  const at = useSignal(0);
  const id = useId();
  const input = useRef(null);
  const full = value.length >= max;
  const found = open.value && !full ? namesLike(things ?? [], text.value, [...value, ...except], SHOWN_MAX) : [];
  const active = found.length ? `${id}-${Math.min(at.value, found.length - 1)}` : undefined;
  useEffect(() => { if (active) document.getElementById(active)?.scrollIntoView({ block: 'nearest' }); }, [active]);
  const choose = (one) => {
    onChange([...value, one.id]);
    text.value = '';
    open.value = value.length + 1 < max && open.value;
    input.current?.focus();
  };
  const drop = (gone) => { onChange(value.filter((one) => one !== gone)); input.current?.focus(); };
  const onKeyDown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { open.value = true; at.value = (at.value + step + found.length) % Math.max(1, found.length); }
    else if (event.key === 'Enter' && found.length) choose(found[Math.min(at.value, found.length - 1)]);
    else if (event.key === 'Escape' && open.value) open.value = false;
    else if (event.key === 'Backspace' && !text.value && value.length) drop(value.at(-1));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const show = () => { open.value = true; };
  return html`<div class="chooser" onFocusOut=${(event) => { if (!event.currentTarget.contains(event.relatedTarget)) open.value = false; }}>
    ${value.map((one) => html`<${Chosen} key=${one} thing=${things?.find((thing) => thing.id === one)} known=${Boolean(things)} what=${what} onDrop=${() => drop(one)} />`)}
    ${!full && html`<input ref=${input} class="chooser-input" type="text" role="combobox" ...${tie} aria-label=${label} autocomplete="off"
      spellcheck=${false} placeholder=${value.length ? '' : placeholder} value=${text.value} aria-autocomplete="list" aria-expanded=${String(found.length > 0)}
      aria-controls=${`${id}-list`} aria-activedescendant=${active}
      onInput=${(event) => { text.value = event.currentTarget.value; open.value = true; at.value = 0; }} onClick=${show} onKeyDown=${onKeyDown} />`}
    <ul class="chooser-list" id=${`${id}-list`} role="listbox" aria-label="Choices" hidden=${!found.length} onMouseDown=${(event) => event.preventDefault()}>
      ${found.map((one, i) => html`<li key=${one.id} id=${`${id}-${i}`} role="option" aria-selected=${String(`${id}-${i}` === active)}
        onMouseDown=${() => choose(one)}>${one.name}<span class="mono faint">${one.more}</span></li>`)}
    </ul>
    ${open.value && !full && text.value && things && !found.length && html`<p class="chooser-list chooser-none faint small" role="status">No ${what} has such a name.</p>`}
  </div>`;
}

function Chosen({ thing, known, what, onDrop }) {
  const name = thing?.name ?? (known ? `A ${what} that is gone` : '…');
  return html`<span class="chooser-chosen">${name}<button type="button" aria-label=${`Remove ${name}`}
    onClick=${onDrop}><${Icon} name="close" size="14" /></button></span>`;
}
