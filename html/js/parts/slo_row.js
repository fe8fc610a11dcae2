/** One SLO in the list: how it stands, and what is left of its error budget. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { availabilityWords, budgetSentence, leftWords, markOf, monitorsWords, targetWords, wordOf } from '../model/slos.js';
import { BudgetBar } from './budget_bar.js';
import { DeleteSlo } from './delete_slo.js';
import { Icon } from './icon.js';
import { Mark, StateWord } from './mark.js';
import { Menu } from './menu.js';
import { MenuItem } from './menu_item.js';

export function SloRow({ slo, onGone }) {
  const deleting = useSignal(false);
  const status = markOf(slo);
  const place = `/slos/${slo.id}`;
  return html`<li class=${`row row-slo state-${status}`}>
    <${Mark} status=${status} size="20" />
    <div class="row-name">
      <a href=${place} class="row-link">${slo.name}</a>
      <span class="row-schedule">${targetWords(slo)}, ${monitorsWords(slo)}</span>
    </div>
    <div class="row-state"><${StateWord} status=${status}>${wordOf(slo)}<//>${slo.availability !== null && html`<span class="row-since">, ${availabilityWords(slo)} available</span>`}
      <span class="row-reason">${budgetSentence(slo)}</span></div>
    <div class="row-budget"><${BudgetBar} slo=${slo} /><span>${leftWords(slo)}<span class="faint small"> left</span></span></div>
    <div class="row-menu"><${Menu} button=${html`<${Icon} name="more" />`} label=${`Actions for ${slo.name}`}>
      <${MenuItem} icon="edit" href=${`${place}/edit`}>Edit<//>
      <${MenuItem} icon="trash" danger onPick=${() => { deleting.value = true; }}>Delete…<//>
    <//></div>
    ${deleting.value && html`<${DeleteSlo} slo=${slo} onClose=${() => { deleting.value = false; }} onGone=${onGone} />`}
  </li>`;
}
