/** A step that says what is to be done. */
import { html } from '../html.js';
import { InlineText } from './inline.js';

export function StepInstructions({ step, put, tie }) {
  return html`show these instructions:
    <textarea class="textarea textarea-prose step-comment" rows="3" aria-label="Instructions" ...${tie('comment')} value=${step.comment}
      placeholder=${'Restart the queue of {region}, look at the log,\nthen tell the customer.'} onInput=${(event) => put({ comment: event.currentTarget.value })}></textarea>
    <span class="field-hint">Shown on the incident and in every message that follows. {name} stands for metadata of the incident.</span>
    <label class="check step-remind"><input type="checkbox" checked=${step.remind} onChange=${(event) => put({ remind: event.currentTarget.checked })} /><span>Again every <${InlineText} label="Hours between reminders" look="inline-number" inputmode="numeric" value=${step.hours} tie=${tie('hours')}
      onText=${(hours) => put({ hours, remind: true })} /> ${step.hours === '1' ? 'hour' : 'hours'} while it is open</span></label>`;
}
