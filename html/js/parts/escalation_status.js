/** How far an incident's escalation is: who is next, and when. */
import { html } from '../html.js';
import { nextWords, overWords, policyWords, stepWords } from '../model/escalation.js';
import { Icon } from './icon.js';
import { LinkedText } from './linked_text.js';
import { At } from './since.js';
import { Told } from './told.js';

export function EscalationStatus({ incident, children }) {
  const { escalation } = incident;
  if (!escalation) return children ? html`<section class="panel escalation" aria-label="Escalation"><${Icon} name="bell" size="20" /><div class="escalation-words"><p class="soft">Nobody was told of it so far.</p></div>${children}</section>` : null;
  const coming = escalation.next_at && !incident.resolved_at;
  return html`<section class="panel escalation" aria-label="Escalation">
    <${Icon} name="bell" size="20" />
    <div class="escalation-words">
      <p class="escalation-next" data-testid="escalation-next">${coming ? html`<${Told} keys=${[escalation.next_at, escalation.next]} words=${(now) => nextWords(escalation, now)} />` : overWords(escalation, incident)}</p>
      <p class="faint small">${escalation.policy_id ? html`<a href=${`/policies/${escalation.policy_id}`}>${policyWords(escalation)}</a>` : policyWords(escalation)} · ${coming ? stepWords(escalation) : html`began <${At} time=${escalation.began_at} />`}</p>
    </div>
    ${children}
    ${escalation.instructions && !incident.resolved_at && html`<div class="instructions" data-testid="instructions"><h3>What to do</h3>
      <p class="comment-text"><${LinkedText} text=${escalation.instructions} /></p></div>`}
  </section>`;
}
