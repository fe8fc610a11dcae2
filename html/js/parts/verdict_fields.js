/** When a failure counts, when it is over, how many regions it takes, and what explains it. */
import { html } from '../html.js';
import { span } from '../format.js';
import { PARENTS_MAX, PERIODS_S } from '../model/monitor_fields.js';
import { Field } from './field.js';
import { MonitorPicker } from './monitor_picker.js';
import { NumberField } from './number_field.js';
import { SelectField } from './select_field.js';

/** The usual periods, and whatever is set now. */
function periods(none, value) {
  const all = [...new Set([...PERIODS_S, Number(value)])].sort((a, b) => a - b);
  return all.map((s) => [String(s), s === 0 ? none : `after ${span(s)}`]);
}

/** id: of the monitor that is edited; it cannot depend on itself. */
export function VerdictFields({ form, id }) {
  const { confirmation_period: confirmation, recovery_period: recovery, depends_on: parents } = form.values.value;
  return html`<div class="columns">
      <${SelectField} form=${form} name="confirmation_period" label="An incident begins" options=${periods('once confirmed', confirmation)}
        hint="So long it must have failed, as enough regions see it." />
      <${SelectField} form=${form} name="recovery_period" label="It is over" options=${periods('once it answers', recovery)}
        hint="So long it must have answered; any failure begins it anew." />
      <${NumberField} form=${form} name="quorum" label="Regions that must agree" optional
        hint="Left empty: two, or where there is only one, twice in a row." />
    </div>
    <${Field} label="Depends on" optional error=${form.error('depends_on')}
      hint="While one of these is down, suspect or in maintenance, a failure here is recorded and opens no incident of its own.">
      ${(tie) => html`<${MonitorPicker} tie=${tie} value=${parents} max=${PARENTS_MAX} except=${id ? [id] : []}
        onChange=${(ids) => form.set('depends_on', ids)} />`}
    <//>`;
}
