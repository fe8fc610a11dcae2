/** /channels/{id}: how it stands, a test, and what was sent through it. */
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { get } from '../api.js';
import { CHANNELS, setEnabled, testChannel } from '../channel_actions.js';
import { hearsWords, quietWords, reasonOf, scopeWords, stateOf, stateWords, targetOf } from '../model/channels.js';
import { go } from '../router.js';
import { me } from '../session.js';
import { fromResource } from '../store.js';
import { useDeliveries, useDeliveryNews } from '../use_deliveries.js';
import { useThing } from '../use_resources.js';
import { useTitle } from '../title.js';
import { ChannelIcon } from '../parts/channel_icon.js';
import { DeleteChannel } from '../parts/channel_row.js';
import { DeliveryRows } from '../parts/delivery_row.js';
import { Icon } from '../parts/icon.js';
import { LoadProblem } from '../parts/load_problem.js';
import { Mark } from '../parts/mark.js';
import { Menu } from '../parts/menu.js';
import { MenuItem } from '../parts/menu_item.js';
import { MonitorSkeleton } from '../parts/monitor_skeleton.js';
import { Ago } from '../parts/since.js';
import { TestButton, TestRun, useTest } from '../parts/test_run.js';

const SHOWN = 10;

/** The list leads here with ?test=1, which is done once and not again by a reload. */
function useAskedTest(test, ready) {
  useEffect(() => {
    if (!ready || !new URLSearchParams(location.search).has('test')) return;
    history.replaceState(null, '', location.pathname);
    test.start();
  }, [ready]);
}

export function Channel({ id }) {
  const load = useThing(async (signal) => fromResource((await get(`/channels/${id}`, { signal })).data), 'channel', id);
  useDeliveryNews(() => load.again(), id);
  const test = useTest(() => testChannel(CHANNELS, id));
  const { data: channel, problem } = load.value;
  useAskedTest(test, Boolean(channel));
  const state = channel && stateOf(channel);
  useTitle(channel ? `${state === 'down' ? `${stateWords(state)}: ` : ''}${channel.name}` : 'Channel');
  if (problem && !problem.passing) return html`<div class="page"><${LoadProblem} problem=${problem} back=${['/channels', 'To the channels']} /></div>`;
  if (!channel) return problem ? html`<div class="page"><${LoadProblem} problem=${problem} what="The channel" /></div>` : html`<${MonitorSkeleton} />`;
  const put = (fresh) => { if (fresh) load.value = { data: fresh, problem: null }; };
  return html`<div class="page">
    <${Head} channel=${channel} state=${state} test=${test} onChange=${put} />
    <div class="stack">
      <${Verdict} channel=${channel} state=${state} />
      <${TestRun} test=${test} />
      <${Log} id=${id} />
    </div>
  </div>`;
}

function Head({ channel, state, test, onChange }) {
  const deleting = useSignal(false);
  const turn = async () => onChange(await setEnabled(CHANNELS, channel, !channel.enabled));
  const target = targetOf(channel);
  return html`<a class="crumb" href="/channels"><${Icon} name="back" size="16" />Channels</a>
    <div class="page-head">
      <div class="channel-head"><${ChannelIcon} kind=${channel.kind} size="24" /><div>
        <h1 class="wrap-anywhere">${channel.name}<span class="hidden-text">, ${stateWords(state)}</span></h1>
        <p class="soft small wrap-anywhere">${channel.kind_title}${target && ` · ${target}`}</p></div></div>
      <div class="page-actions">
        <${TestButton} test=${test} primary=${state === 'pending'} />
        <a class="button" href=${`/channels/${channel.id}/edit`}><${Icon} name="edit" size="16" />Edit</a>
        <${Menu} button=${html`<${Icon} name="more" />`} label="More actions" buttonClass="button button-icon">
          <${MenuItem} icon=${channel.enabled ? 'pause' : 'play'} onPick=${turn}>${channel.enabled ? 'Turn off' : 'Turn on'}<//>
          <${MenuItem} icon="trash" danger onPick=${() => { deleting.value = true; }}>Delete…<//>
        <//>
      </div>
    </div>
    ${deleting.value && html`<${DeleteChannel} channel=${channel} root=${CHANNELS} onClose=${() => { deleting.value = false; }} onGone=${() => go('/channels', { replace: true })} />`}`;
}

function Verdict({ channel, state }) {
  const { health } = channel;
  const reason = reasonOf(channel, state);
  const mend = channel.problem && me.value.administrator;
  return html`<section class=${`verdict state-${state}`} aria-label="How it stands">
    <${Mark} status=${state} size="44" />
    <div class="verdict-words"><h2 data-testid="channel-state">${stateWords(state)}</h2>
      <p class="wrap-anywhere">${reason || (state === 'paused' ? 'It hears nothing until it is turned on again.' : html`The last message arrived <${Ago} time=${health.last_sent_at} />.`)}${mend && html` <a
        href="/settings?part=alerting">Settings</a>`}</p></div>
    <dl class="facts">
      <div><dt>Hears of</dt><dd>${scopeWords(channel)}</dd></div>
      <div><dt>Last sent</dt><dd><${Ago} time=${health?.last_sent_at ?? null} /></dd></div>
      <div><dt>Tells</dt><dd>${hearsWords(channel)}</dd></div>
      <div><dt>Quiet hours</dt><dd>${quietWords(channel)}</dd></div>
    </dl>
  </section>`;
}

function Log({ id }) {
  const { data, problem } = useDeliveries({ channel: id, perPage: SHOWN }).value;
  return html`<section class="panel panel-list" aria-label="What was sent">
    <div class="panel-head"><h2>What was sent</h2>${data?.more && html`<a class="small" href=${`/deliveries?channel=${id}`}>All of it</a>`}</div>
    ${data?.deliveries.length ? html`<${DeliveryRows} deliveries=${data.deliveries} bare label="Messages" />`
    : html`<p class="panel-body faint small">${data ? 'Nothing yet. The first message appears here as it is sent.' : problem?.message ?? ' '}</p>`}
  </section>`;
}
