/** One scheduled report of the list: what it is about, whom it goes to, and what the last one said. */
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { now } from '../clock.js';
import { utc } from '../format.js';
import { levelOf, percentWords } from '../model/availability.js';
import { nextWords, reportWords } from '../model/reports.js';
import { DeleteReport } from './delete_report.js';
import { Icon } from './icon.js';
import { Menu } from './menu.js';
import { MenuItem } from './menu_item.js';

export function ReportRow({ report, onGone }) {
  const asking = useSignal(false);
  const { last_run: last } = report;
  const to = `/reports/${report.id}`;
  return html`<li class=${`row row-report ${report.enabled ? '' : 'row-off'}`}>
    <span class="mark"><${Icon} name="calendar" size="20" /></span>
    <div class="row-name"><a href=${to} class="row-link">${report.name}</a><span class="row-schedule">${reportWords(report)}</span></div>
    <div class="row-state"><span title=${utc(report.next_run_at)}>${nextWords(report, now.peek())}</span></div>
    <div class="report-last">${last && html`<a href=${`${to}/runs/${last.id}`}><span class=${`level level-${levelOf(last.summary?.availability)}`}></span><span class="hidden-text">The last one: </span>${percentWords(last.summary?.availability)}</a>`}</div>
    <div class="row-menu"><${Menu} button=${html`<${Icon} name="more" />`} label=${`Actions for ${report.name}`}>
      <${MenuItem} icon="edit" href=${`${to}/edit`}>Edit<//>
      <${MenuItem} icon="trash" danger onPick=${() => { asking.value = true; }}>Delete…<//>
    <//></div>
    ${asking.value && html`<${DeleteReport} report=${report} onGone=${onGone} onClose=${() => { asking.value = false; }} />`}
  </li>`;
}
