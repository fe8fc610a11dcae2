/** An error budget as a bar: what is used from the left, what is left at the right. */
import { html } from '../html.js';
import { leftWords, usedShare } from '../model/slos.js';

export function BudgetBar({ slo, large }) {
  const { remaining_share: share } = slo.error_budget;
  const known = share !== null && slo.state !== 'no_data';
  return html`<span class=${`budget-bar budget-${known ? slo.state : 'none'}${large ? ' budget-large' : ''}`} role="img" style=${{ '--used': known ? usedShare(slo) : 0 }}
    aria-label=${known ? `Error budget: ${leftWords(slo)} left` : 'Error budget: nothing measured'}><span></span></span>`;
}
