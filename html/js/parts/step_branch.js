/** Steps that go on with another policy: by the time, or by what the incident's metadata says. */
import { useRef } from 'preact/hooks';
import { html } from '../html.js';
import { WEEK } from '../model/calendar.js';
import { valueWords } from '../model/policy.js';
import { withValue } from '../model/policy_fields.js';
import { Icon } from './icon.js';
import { InlineSelect, InlineText, InlineTime, InlineZone } from './inline.js';

export function StepTime({ step, names, self, put, tie, onTouch }) {
  const toggle = (day) => { put({ days: step.days.includes(day) ? step.days.filter((one) => one !== day) : [...step.days, day] }); onTouch('days'); };
  return html`it is between <${InlineTime} label="From" value=${step.from} tie=${tie('time')} onText=${(from) => put({ from })} /> and <${InlineTime}
      label="To" value=${step.to} tie=${tie('time')} onText=${(to) => put({ to })} /> <${InlineZone} value=${step.timezone} tie=${tie('timezone')} onText=${(timezone) => put({ timezone })} /> on <span
      class="inline-days" role="group" aria-label="Days" ...${tie('days')}>${WEEK.map(([day, name]) => html`<button key=${day} type="button" aria-pressed=${String(step.days.includes(day))}
        aria-label=${name} onClick=${() => toggle(day)}>${name.slice(0, 2)}</button>`)}</span>, <${Onward} step=${step} names=${names} self=${self} put=${put} tie=${tie} />`;
}

const KEY = 'key';

/** Where it goes on; otherwise the next step follows. */
function Onward({ step, names, self, put, tie }) {
  const others = (names.policies ?? []).filter(({ id }) => id !== self);
  const gone = step.policy_id && !others.some(({ id }) => id === step.policy_id);
  const options = [['', 'which policy?'], ...others.map((one) => [one.id, one.name]), ...(gone ? [[step.policy_id, names.policies ? 'a policy that is gone' : '…']] : []), [KEY, 'the policy that metadata names']];
  const pick = (value) => put(value === KEY ? { by: KEY } : { by: 'policy', policy_id: value });
  return html`go on with <span class="keep"><${InlineSelect} label="Policy to go on with" value=${step.by === KEY ? KEY : step.policy_id} options=${options} onPick=${pick} tie=${tie('policy')} />${step.by === KEY
    && html` <${InlineText} label="Key of the metadata that names the policy" look="inline-key" placeholder="policy" value=${step.policy_metadata_key} tie=${tie('policy')}
      onText=${(key) => put({ policy_metadata_key: key })} />`};</span> otherwise the next step follows.`;
}

export function StepMetadata({ step, names, self, put, tie, onTouch }) {
  return html`<${InlineText} label="Key of the metadata" look="inline-key" placeholder="team" value=${step.metadata_key} tie=${tie('metadata_key')} onText=${(key) => put({ metadata_key: key })}
    /> of the incident is <${Values} step=${step} put=${put} tie=${tie} onTouch=${onTouch} />, <${Onward} step=${step} names=${names} self=${self} put=${put} tie=${tie} />`;
}

const ENDS = ['Enter', ','];

/** What is typed becomes a value with Enter, a comma, or when the field is left. */
function Values({ step, put, tie, onTouch }) {
  const input = useRef(null);
  const take = () => {
    const values = withValue(step.values, input.current.value);
    input.current.value = '';
    if (values) put({ values });
  };
  const drop = (at) => { put({ values: step.values.filter((one, i) => i !== at) }); onTouch('values'); input.current.focus(); };
  const onKeyDown = (event) => {
    if (!ENDS.includes(event.key)) return;
    event.preventDefault();
    take();
  };
  return html`<span class="step-members">${step.values.map((value, at) => html`<span class="chip" key=${valueWords(value)}>${valueWords(value)}<button type="button"
      aria-label=${`Not ${valueWords(value)}`} onClick=${() => drop(at)}><${Icon} name="close" size="13" /></button></span> or `)}<input ref=${input} class="inline inline-text inline-key" type="text"
      aria-label="Add a value" placeholder=${step.values.length ? 'another' : 'database'} autocomplete="off" spellcheck=${false} ...${tie('values')} onKeyDown=${onKeyDown} onBlur=${take} />
    <label class="chip chip-check"><input type="checkbox" checked=${step.no_value} onChange=${(event) => put({ no_value: event.currentTarget.checked })} />or not there at all</label></span>`;
}
