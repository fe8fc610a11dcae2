/** The head of a step's sentence: when it comes. */
import { html } from '../html.js';
import { InlineSelect, InlineSpan, InlineTime, InlineZone } from './inline.js';

const FIRST = [['none', 'When an incident starts'], ['before', 'When an incident has lasted'], ['until', 'At the next']];
const LATER = [['before', 'If nobody acknowledges within'], ['until', 'If nobody acknowledges until'], ['none', 'At the same time']];
const BRANCH = [...LATER.slice(0, 2), ['none', 'Then']];

export function StepWait({ step, first, put, tie }) {
  const branches = step.type.endsWith('_branching');
  const and = branches ? (first || step.wait === 'none' ? ', if' : ' and') : ',';
  return html`<span class="keep"><${InlineSelect} label="When" value=${step.wait} options=${first ? FIRST : branches ? BRANCH : LATER} onPick=${(wait) => put({ wait })} />
    ${step.wait === 'before' && html` <${InlineSpan} label="How long" value=${step.before} tie=${tie('wait')} onChange=${(before) => put({ before })} />`}
    ${step.wait === 'until' && html` <${InlineTime} label="Time of day" value=${step.until} tie=${tie('wait')} onText=${(until) => put({ until })} /> <${InlineZone}
      value=${step.until_zone} tie=${tie('wait')} onText=${(zone) => put({ until_zone: zone })} />`}${and}</span> `;
}
