/** A test on its way: sent when it is wanted, then followed until its fate is known, with what the provider answered. */
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { toast } from '../announce.js';
import { now } from '../clock.js';
import { fateWords, isDone, markOf } from '../model/deliveries.js';
import { useDelivery } from '../use_deliveries.js';
import { Icon } from './icon.js';
import { Mark } from './mark.js';
import { Told } from './told.js';
import { Tries } from './tries.js';

/** send() resolves to the delivery. {id, busy, start}: id of the newest test, or null. */
export function useTest(send) {
  const id = useSignal(null);
  const busy = useSignal(false);
  const start = async () => {
    if (busy.peek()) return;
    busy.value = true;
    try {
      id.value = (await send()).id;
    } catch (problem) { toast(problem.message, 'alert'); }
    busy.value = false;
  };
  return { id, busy, start };
}

export function TestButton({ test, primary, small, words = 'Send a test' }) {
  return html`<button type="button" class=${`button${primary ? ' button-primary' : ''}${small ? ' button-small' : ''}`} disabled=${test.busy.value} onClick=${test.start}><${Icon}
    name="send" size="16" />${test.busy.value ? 'Sending…' : words}</button>`;
}

/** Where a test stands; nothing before the first one. */
export function TestRun({ test }) {
  return test.id.value && html`<${Run} key=${test.id.value} id=${test.id.value} onClose=${() => { test.id.value = null; }} />`;
}

const SAYS = { sent: 'It arrived: the other side has taken it.', undeliverable: 'It did not arrive. What the other side says is below.' };

function Run({ id, onClose }) {
  const { data: one, problem } = useDelivery(id).value;
  const words = one ? fateWords(one, now.peek()) : 'Sending a test';
  const state = one ? markOf(one, now.value) : 'pending';
  useEffect(() => { if (one && isDone(one)) toast(one.state === 'sent' ? 'The test was sent' : 'The test did not arrive', one.state === 'sent' ? 'check' : 'alert'); }, [one?.state]);
  return html`<section class=${`panel test-run state-${state}`} aria-label="Test" data-testid="test">
    <div class="test-head"><${Mark} status=${state} size="22" />
      <div><h2 class="word">${one ? html`<${Told} keys=${[one]} words=${(at) => fateWords(one, at)} />` : words}</h2>
        <p class="soft small">${problem && !one ? problem.message : SAYS[one?.state] ?? (one?.attempts > 0 && one.state === 'due' ? 'It is tried again by itself.' : 'An agent takes it within seconds.')}</p></div>
      <button type="button" class="button button-quiet button-icon button-small" aria-label="Close" onClick=${onClose}><${Icon} name="close" size="16" /></button></div>
    ${one?.tries.length > 0 && html`<div class="panel-body"><${Tries} tries=${one.tries} kind=${one.kind} /></div>`}
  </section>`;
}
