/** Regions and who reports from them. Administrators add regions and tokens for their agents. */
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { get } from '../api.js';
import { onEvent } from '../live.js';
import { me } from '../session.js';
import { fromResource } from '../store.js';
import { useLoad } from '../use_load.js';
import { Icon } from './icon.js';
import { RegionDialog } from './region_dialog.js';
import { RegionItem } from './region_item.js';
import { Skeleton } from './skeleton.js';

/** Agents report without an event of their own. */
const AGAIN_MS = 10_000;

export function Regions({ title }) {
  const load = useLoad(async (signal) => (await get('/regions', { signal })).data.map(fromResource), []);
  const adding = useSignal(false);
  useEffect(() => onEvent((event) => { if (event.type === 'region') load.again(); }), []);
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) load.again(); }, AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  const { data, problem } = load.value;
  const { administrator } = me.value;
  return html`<div class="panel-head"><h2>${title}</h2>
      ${administrator && html`<button type="button" class="button button-small"
        onClick=${() => { adding.value = true; }}><${Icon} name="plus" size="16" />New region</button>`}</div>
    <div class="panel-body">
      <p class="soft small setting-lead">A region is a place to watch from. Any number of agents may work for it; they share its jobs.</p>
      ${data ? html`<ul class="region-items">${data.map((one) => html`<${RegionItem} key=${one.id} region=${one}
        administrator=${administrator} onChange=${load.again} />`)}</ul>` : html`<${Skeleton} width="60%" />`}
      ${data?.length === 0 && html`<p
        class="faint small">No region yet: nothing can be watched before there is one.</p>`}
      ${problem && html`<p class="faint small" role="status">${problem.message}</p>`}
    </div>
    ${adding.value && html`<${RegionDialog} onClose=${() => { adding.value = false; }} onMade=${load.again} />`}`;
}
