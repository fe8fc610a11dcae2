/** /sla: every monitor's availability over a stretch of time, which is in the address as is the order. */
import { useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { get } from '../api.js';
import { hubTime } from '../clock.js';
import { plural } from '../format.js';
import { percentWords, restOf, slaSentence } from '../model/availability.js';
import { OTHER, SPANS, boundsOf, boundsQuery, dayText, spanOf, spanQuery, spanWords } from '../model/span.js';
import { nextOrder, orderOf, orderText, rowOf, slaCsv, sortRows } from '../model/sla_table.js';
import { query, setQuery } from '../router.js';
import { saveFile } from '../save_file.js';
import { useEvery } from '../use_every.js';
import { useLoad } from '../use_load.js';
import { useTitle } from '../title.js';
import { AnswerTabs } from '../parts/answer_tabs.js';
import { Icon } from '../parts/icon.js';
import { LoadProblem } from '../parts/load_problem.js';
import { OtherSpan, otherWords } from '../parts/other_span.js';
import { Search } from '../parts/search.js';
import { Segments } from '../parts/segments.js';
import { Skeleton } from '../parts/skeleton.js';
import { SlaTable } from '../parts/sla_table.js';

const DEFAULT = '30d';
const PER_PAGE = 1000;
const PAGES_MAX = 10;
const REFRESH_MS = 300_000;
const SHORT = { '24h': '24 h', '7d': '7 d', '30d': '30 d', '90d': '90 d', '365d': '1 y' };

async function load(span, signal) {
  const bounds = boundsOf(span, hubTime());
  const question = boundsQuery(span, hubTime());
  const found = { rows: [], summary: null, more: false, ...bounds };
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    question.set('per_page', PER_PAGE);
    question.set('page', page);
    const reply = await get(`/sla?${question}`, { signal });
    found.rows.push(...reply.data.map(rowOf));
    found.summary ??= reply.summary ?? null;
    found.more = Boolean(reply.pagination?.next);
    if (!found.more) break;
  }
  return found;
}

export function Sla() {
  const span = spanOf(query.value, DEFAULT);
  const order = orderOf(query.value);
  const held = useLoad((signal) => load(span, signal), [span.key, span.from, span.to]);
  useEvery(() => held.again(), REFRESH_MS, [span.key]);
  const words = useSignal('');
  const { data, problem } = held.value;
  const put = (change) => setQuery({ ...Object.fromEntries(new URLSearchParams(query.peek())), ...change });
  useTitle('Availability');
  return html`<div class="page">
    <div class="page-head list-head"><section class="health"><h1 tabindex="-1">Availability</h1></section>
      <div class="page-actions"><button type="button" class="button" disabled=${!data?.rows.length} onClick=${() => save(data, order)}><${Icon} name="download" size="16" />CSV</button></div></div>
    <${AnswerTabs} />
    <${Ranges} span=${span} onPick=${(next) => put(spanQuery(next, DEFAULT))} />
    ${data ? html`<${Found} data=${data} span=${span} order=${order} words=${words} onOrder=${(by) => put({ sort: orderText(nextOrder(order, by)) })} />`
    : problem ? html`<div class="panel"><${LoadProblem} problem=${problem} what="Availability" /></div>` : html`<${Loading} />`}
  </div>`;
}

const save = (data, order) => saveFile(`availability-${dayText(data.from)}-to-${dayText(data.to - 1)}.csv`, slaCsv(sortRows(data.rows, order), data));

function Ranges({ span, onPick }) {
  const other = useSignal(false);
  const pick = (next) => { other.value = false; onPick(next); };
  const options = [...SPANS.map(([key]) => [key, SHORT[key]]), [OTHER, otherWords(span)]];
  return html`<div class="toolbar sla-ranges">
    <${Segments} label="Range" options=${options} value=${span.key} onPick=${(key) => { if (key === OTHER) other.value = !other.value; else pick({ key }); }} />
    ${other.value && html`<${OtherSpan} span=${span} onPick=${pick} onClose=${() => { other.value = false; }} />`}
  </div>`;
}

function Found({ data, span, order, words, onOrder }) {
  const sorted = useMemo(() => sortRows(data.rows, order), [data, order.by, order.down]);
  const needle = words.value.trim().toLowerCase();
  const rows = needle ? sorted.filter((row) => `${row.name} ${row.url ?? ''}`.toLowerCase().includes(needle)) : sorted;
  if (!data.rows.length) return html`<div class="panel"><div class="empty empty-small"><h2>There are no monitors yet</h2>
    <p>Once something is watched, its availability stands here.</p><a class="button button-primary" href="/monitors/new"><${Icon} name="plus" />Add monitor</a></div></div>`;
  return html`<${Summary} data=${data} span=${span} />
    <div class="toolbar"><${Search} value=${words.value} onChange=${(text) => { words.value = text; }} label="Search by name or address" /></div>
    ${rows.length ? html`<${SlaTable} key=${`${order.by} ${order.down} ${needle}`} rows=${rows} order=${order} onOrder=${onOrder} />`
    : html`<div class="panel"><div class="empty empty-small"><h2>No monitor matches</h2></div></div>`}
    ${data.more && html`<p class="faint small">There are more monitors than this page loads.</p>`}
    <p class="faint small sla-note">Availability is the share of the counted time in which a monitor was not down. Maintenance, pauses and times without data are not counted.</p>`;
}

/** All of them together, or how many were perfect where the hub does not say. */
function Summary({ data, span }) {
  const counted = data.rows.filter(({ availability }) => availability !== null);
  const perfect = counted.filter(({ availability }) => availability === 100).length;
  const { summary } = data;
  const rest = summary ? restOf(summary) : [];
  return html`<section class="sla-summary panel" aria-label="All monitors">
    <div><p class="soft small">${spanWords(span)}, all monitors</p>
      ${summary && html`<p class="sla-big">${percentWords(summary.availability)}</p><p class="soft small">${slaSentence(summary).replace(/^.*? available, /, '').replace(/^./, (one) => one.toUpperCase())}</p>`}</div>
    <div class="sla-facts"><p><b>${perfect.toLocaleString()}</b> of ${plural(counted.length, 'monitor')} without down time</p>
      ${rest.length > 0 && html`<p class="soft small">Not counted: ${rest.map(([, text]) => text).join(', ')}.</p>`}</div>
  </section>`;
}

const Loading = () => html`<div class="panel sla-loading" aria-busy="true"><p class="hidden-text">Loading</p>${[60, 45, 70, 52, 38].map((width) => html`<p key=${width}><${Skeleton} width=${`${width}%`} /></p>`)}</div>`;
