/**
 * A hook: a span chosen on a calendar. The mouse drags over cells, a finger taps one, the keyboard
 * moves with arrows and, holding Shift, takes cells along. A cell has data-at: where it begins.
 */
import { useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';

const TAPS = ['touch', ''];

/** place(event, element) is the wall time that the pointer is at; choose(from, to) is called at the end. */
export function useSpan({ place, choose, keys }) {
  const span = useSignal(null);
  const anchor = useRef(null);
  const at = (event) => {
    const cell = document.elementFromPoint(event.clientX, event.clientY)?.closest('[data-at]');
    return cell && event.currentTarget.contains(cell) ? place(event, cell) : null;
  };
  const onPointerDown = (event) => {
    if (event.button !== 0 || event.pointerType === 'touch') return;
    anchor.current = at(event);
    if (anchor.current !== null) span.value = [anchor.current, anchor.current];
  };
  const onPointerMove = (event) => {
    const here = anchor.current === null ? null : at(event);
    if (here !== null && here !== span.peek()?.[1]) span.value = [anchor.current, here];
  };
  const drop = () => { anchor.current = null; span.value = null; };
  const onPointerUp = () => {
    const chosen = span.peek();
    const held = anchor.current !== null;
    drop();
    if (held && chosen) choose(...chosen);
  };
  const onKeyDown = (event) => {
    const from = Number(event.target.dataset?.at);
    if (!Number.isFinite(from)) return;
    const next = keys(event.key, from);
    if (next !== undefined) {
      const kept = span.peek();
      span.value = event.shiftKey ? [kept ? kept[0] : from, next] : null;
      event.currentTarget.querySelector(`[data-at="${next}"]`)?.focus();
    } else if (event.key === 'Enter' || event.key === ' ') {
      const [a, b] = span.peek() ?? [from, from];
      drop();
      choose(a, b, true);
    } else if (event.key === 'Escape' && span.peek()) drop();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  /* A finger's tap, or a screen reader's press, comes as a click without a drag before it. */
  const onClick = (event) => {
    const cell = event.target.closest('[data-at]');
    if (cell && TAPS.includes(event.pointerType)) choose(Number(cell.dataset.at), Number(cell.dataset.at), true);
  };
  return { span: span.value, on: { onPointerDown, onPointerMove, onPointerUp, onPointerLeave: drop, onKeyDown, onClick } };
}
