/** What every alert needs: where links lead, a mail server, an account for calls. For administrators. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { get, patch, post } from '../api.js';
import { toast } from '../announce.js';
import { useForm } from '../form.js';
import {
  SECURITIES, checkMail, checkPublicUrl, checkTwilio, hasMail, hasTwilio, mailBody, mailFields, mailMoved, twilioBody, twilioFields, twilioMoved, urlBody, urlFields, urlState, withSecurity,
} from '../model/installation.js';
import { fromResource } from '../store.js';
import { useLoad } from '../use_load.js';
import { Confirm } from './confirm.js';
import { Field, FormError } from './field.js';
import { Icon } from './icon.js';
import { Mark } from './mark.js';
import { SecretField } from './secret_field.js';
import { Skeleton } from './skeleton.js';
import { TestButton, TestRun, useTest } from './test_run.js';
import { TextField } from './text_field.js';

const PLACE = '/installation';

export function Alerting({ title }) {
  const load = useLoad(async (signal) => fromResource((await get(PLACE, { signal })).data), []);
  const { data, problem } = load.value;
  const put = (fresh) => { load.value = { data: fresh, problem: null }; };
  return html`<div class="panel-head"><h2>${title}</h2></div>
    ${data ? html`<${PublicUrl} installation=${data} onChange=${put} /><${MailServer} installation=${data} onChange=${put} /><${Twilio} installation=${data} onChange=${put} />`
    : html`<div class="panel-body">${problem ? html`<p class="faint small" role="status">${problem.message}</p>` : html`<${Skeleton} width="60%" />`}</div>`}`;
}

/** One form of it; what is saved is what the fields show afterwards. */
function usePart(installation, fieldsOf, check, bodyOf, onChange) {
  const save = async (body, words) => {
    const fresh = fromResource((await patch(PLACE, body)).data);
    onChange(fresh);
    form.reset(fieldsOf(fresh));
    toast(words);
  };
  const form = useForm(fieldsOf(installation), check, (fields) => save(bodyOf(fields), 'Saved'));
  form.remove = (part) => save({ [part]: null }, 'Removed');
  return form;
}

function Remove({ form, part, title, words }) {
  const asking = useSignal(false);
  return html`<button type="button" class="button button-quiet alerting-remove" onClick=${() => { asking.value = true; }}>Remove…</button>
    ${asking.value && html`<${Confirm} title=${title} action="Remove" work=${() => form.remove(part)} onClose=${() => { asking.value = false; }}><p>${words}</p><//>`}`;
}

const PLAIN = { autocomplete: 'off', autocapitalize: 'none', spellcheck: false };

function Part({ form, title, state, words, children, foot, remove }) {
  return html`<form class="alerting-part" onSubmit=${form.submit} aria-label=${title} novalidate>
    <div class="alerting-head"><h3>${title}</h3><span class=${`contact-state small state-${state}`}><${Mark} status=${state} size="14" /><span class="word">${words}</span></span></div>
    ${children}
    <${FormError} problem=${form.problem.value} />
    <div class="alerting-foot"><button class="button" disabled=${form.busy.value || !form.changed.value}>${form.busy.value ? 'Saving…' : 'Save'}</button>${foot}${remove}</div>
  </form>`;
}

function PublicUrl({ installation, onChange }) {
  const form = usePart(installation, urlFields, checkPublicUrl, urlBody, onChange);
  const [state, words] = urlState(installation);
  return html`<${Part} form=${form} title="Public address" state=${state} words=${words}>
    <${TextField} form=${form} name="public_url" label="Address of this dashboard" hint="Links in messages lead here, as people reach it from their phones." placeholder=${location.origin} inputmode="url" mono ...${PLAIN} />
  <//>`;
}

function SecurityField({ form }) {
  const value = form.values.value['smtp.security'];
  const pick = (security) => Object.entries(withSecurity(form.values.peek(), security)).forEach(([name, one]) => { if (form.values.peek()[name] !== one) form.set(name, one); });
  return html`<${Field} label="Security" error=${form.error('smtp.security')}>
    ${(tie) => html`<select class="select" name="smtp.security" ...${tie} onChange=${(event) => pick(event.currentTarget.value)}>
      ${SECURITIES.map(([one, words]) => html`<option key=${one} value=${one} selected=${one === value}>${words}</option>`)}</select>`}
  <//>`;
}

function MailServer({ installation, onChange }) {
  const form = usePart(installation, mailFields, checkMail, mailBody, onChange);
  const test = useTest(async () => fromResource((await post(`${PLACE}/test-mail`)).data));
  const set = hasMail(installation);
  return html`<${Part} form=${form} title="Mail server" state=${installation.smtp_problem ? 'suspect' : 'up'} words=${installation.smtp_problem && set ? installation.smtp_problem : set ? 'Set up' : 'Not set up: nobody can be told by mail'}
      foot=${set && (form.changed.value ? html`<span class="faint small">Save to test it.</span>` : html`<${TestButton} test=${test} words="Send me a test mail" />`)}
      remove=${set && html`<${Remove} form=${form} part="smtp" title="Remove the mail server?" words="Nobody can be told by mail any more." />`}>
    <div class="mail-row"><${TextField} form=${form} name="smtp.host" label="Host" placeholder="mail.example.com" ...${PLAIN} /><${SecurityField} form=${form} />
      <${TextField} form=${form} name="smtp.port" label="Port" inputmode="numeric" ...${PLAIN} /></div>
    <div class="pair"><${TextField} form=${form} name="smtp.username" label="User name" optional ...${PLAIN} /><${SecretField} form=${form} name="smtp_password" label="Password" optional moved=${mailMoved(form.values.value)} /></div>
    <${TextField} form=${form} name="smtp.from" label="From" placeholder="BetterStack <alerts@example.com>" hint="Of a domain that lets this server send for it." ...${PLAIN} />
    <${TestRun} test=${test} />
  <//>`;
}

function Twilio({ installation, onChange }) {
  const form = usePart(installation, twilioFields, checkTwilio, twilioBody, onChange);
  const set = hasTwilio(installation);
  return html`<${Part} form=${form} title="Twilio, for calls and text messages" state=${!set ? 'paused' : installation.twilio_problem ? 'suspect' : 'up'} words=${installation.twilio_problem && set ? installation.twilio_problem : set ? 'Set up' : 'Not set up'}
      remove=${set && html`<${Remove} form=${form} part="twilio" title="Remove the Twilio account?" words="Nobody can be called or sent a text message any more, except by channels with an account of their own." />`}>
    <p class="soft small"><${Icon} name="key" size="14" /> Its account SID and token are on the first page of the Twilio console.</p>
    <div class="pair"><${TextField} form=${form} name="twilio.account_sid" label="Account SID" mono ...${PLAIN} /><${SecretField} form=${form} name="twilio_auth_token" label="Auth token" moved=${twilioMoved(form.values.value)} /></div>
    <${TextField} form=${form} name="twilio.from" label="From" hint="A number of yours at Twilio." placeholder="+14155550100" inputmode="tel" ...${PLAIN} />
  <//>`;
}
