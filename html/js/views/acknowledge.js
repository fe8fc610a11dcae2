/** /acknowledge/{token}: from a link in a message, for whoever got it, signed in or not; made for a phone in the night. */
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { get, post } from '../api.js';
import { now } from '../clock.js';
import { duration, ms } from '../format.js';
import { stepOf } from '../model/acknowledgement.js';
import { me } from '../session.js';
import { fromResource } from '../store.js';
import { useLoad } from '../use_load.js';
import { useTitle } from '../title.js';
import { BrandMark, Icon } from '../parts/icon.js';
import { Mark } from '../parts/mark.js';
import { Ago, At } from '../parts/since.js';
import { Told } from '../parts/told.js';

const AGAIN_MS = 10_000;

const place = (token) => `/api/v1/acknowledge/${encodeURIComponent(token)}`;

export function Acknowledge({ token }) {
  const load = useLoad(async (signal) => fromResource((await get(place(token), { signal })).data), [token]);
  const { data, problem } = load.value;
  const done = useSignal(false);
  const step = stepOf(data, problem, done.value);
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden && data && !data.resolved_at) load.again(); }, AGAIN_MS);
    return () => clearInterval(timer);
  }, [Boolean(data?.resolved_at), Boolean(data)]);
  useTitle(data ? `${step === 'open' ? 'Acknowledge' : 'Acknowledged'}: ${data.incident_name}` : 'Acknowledge');
  return html`<main class="ack" id="main" tabindex="-1">
    <p class="brand"><${BrandMark} size="28" /><span>BetterStack</span></p>
    <div class="ack-box" aria-busy=${step === 'waiting' ? 'true' : undefined}>
      ${data ? html`<${Incident} one=${data} step=${step} token=${token} onChange=${(fresh) => { done.value = true; load.value = { data: fresh, problem: null }; }} again=${() => load.again()} />`
    : html`<${Without} step=${step} problem=${problem} />`}
    </div>
    ${me.value && data && html`<p><a class="button" href=${`/incidents/${data.id}`}>To the incident</a></p>`}
    ${me.value === null && html`<p class="soft small"><a href=${`/sign-in${data ? `?next=/incidents/${data.id}` : ''}`}>Sign in</a> to see more.</p>`}
  </main>`;
}

function Without({ step, problem }) {
  if (step === 'waiting') return html`<p class="soft" role="status">${problem ? `${problem.message} Trying again by itself.` : ' '}</p>`;
  return html`<div class="ack-sign state-paused"><${Icon} name="alert" size="40" /></div>
    <h1>This link is not valid</h1>
    <p class="soft">It may be cut off, or older than a week. The newest message about the incident has a fresh one.</p>`;
}

const HEADS = { acknowledged: 'acknowledged', thanks: 'acknowledged', over: 'resolved', open: 'started' };

function Incident({ one, step, token, onChange, again }) {
  const busy = useSignal(false);
  const wrong = useSignal(null);
  const take = async () => {
    busy.value = true;
    wrong.value = null;
    try {
      onChange(fromResource((await post(place(token))).data));
    } catch (problem) {
      wrong.value = problem.status === 409 ? null : problem;
      if (problem.status === 409 || problem.status === 404) await again();
    }
    busy.value = false;
  };
  return html`<div class=${`ack-incident state-${HEADS[step]}`}>
    <div class="ack-sign"><${Mark} status=${HEADS[step]} size="52" /></div>
    <h1 class="wrap-anywhere">${one.incident_name}</h1>
    ${one.cause && one.cause !== one.incident_name && html`<p class="ack-cause wrap-anywhere">${one.cause}</p>`}
    <p class="ack-words" role="status" data-testid="acknowledgement"><${Words} one=${one} step=${step} /></p>
    ${step === 'open' && html`<button type="button" class="button button-primary ack-button" disabled=${busy.value} onClick=${take}>${busy.value ? 'One moment…' : 'Acknowledge'}</button>
      <p class="faint small">You take it in hand${one.receiver_name && html` as <b class="wrap-anywhere">${one.receiver_name}</b>`}, and nobody else is woken for it.</p>`}
    ${wrong.value && html`<p class="field-error" role="alert"><${Icon} name="alert" size="15" /><span>${wrong.value.message}</span></p>`}
  </div>`;
}

function Words({ one, step }) {
  const by = one.acknowledged_by ? html` by <b class="wrap-anywhere">${one.acknowledged_by}</b>` : '';
  if (step === 'open') return html`Started <${At} time=${one.started_at} />, <${Told} keys=${[one]} words=${(at) => `${duration(at - ms(one.started_at))} ago`} />`;
  if (step === 'over') return html`It is over: resolved <${Ago} time=${one.resolved_at} />, after ${duration(ms(one.resolved_at ?? now.peek()) - ms(one.started_at))}.`;
  return step === 'thanks' ? html`Thank you. It is in your hands now.` : html`Already acknowledged${by}, <${Ago} time=${one.acknowledged_at} />.`;
}
