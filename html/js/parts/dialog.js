/** A modal dialog on the browser's own <dialog>: focus is kept inside, Esc closes, focus returns. */
import { useEffect, useId, useRef } from 'preact/hooks';
import { html } from '../html.js';

export function Dialog({ title, onClose, wide, children }) {
  const dialog = useRef(null);
  const id = useId();
  useEffect(() => {
    const box = dialog.current;
    const before = document.activeElement;
    if (!box.open) box.showModal();
    /* The dialog is out of the page by now, and the browser gives focus back only from one that is in it. */
    return () => {
      box.close();
      if (document.activeElement === document.body && before?.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  const onClick = (event) => { if (event.target === dialog.current) onClose(); };
  return html`<dialog class=${`dialog${wide ? ' dialog-wide' : ''}`} ref=${dialog} aria-labelledby=${id}
      onCancel=${(event) => { event.preventDefault(); onClose(); }} onClick=${onClick}>
    <div class="dialog-in"><h2 id=${id}>${title}</h2>${children}</div>
  </dialog>`;
}
