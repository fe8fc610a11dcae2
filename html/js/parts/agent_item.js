/** One agent of a region: whether it is heard, and how it says it is. */
import { html } from '../html.js';
import { healthLines, levelOf } from '../model/agent_health.js';
import { useJudged } from '../use_judged.js';
import { Mark } from './mark.js';
import { Ago } from './since.js';

/** Level to the shape that stands for it, and its word. */
const MARKS = {
  good: ['up', 'well'], watch: ['degraded', 'worth a look'], bad: ['down', 'in trouble'], silent: ['no_data', 'not heard'], plain: ['pending', 'says nothing of itself'],
};

const LINES = { bad: 'word state-down', watch: 'word state-degraded', past: 'word state-degraded' };

export function AgentItem({ agent }) {
  const level = useJudged((at) => levelOf(agent, at || Date.parse(agent.last_report_at)), [agent]);
  const lines = healthLines(agent.self);
  const [mark, word] = MARKS[level];
  return html`<li class="agent">
    <p class="agent-head"><${Mark} status=${mark} size="16" /><span class="mono wrap-anywhere agent-name">${agent.name}</span><span
      class=${`word state-${mark}`}>${word}</span><span class="faint">${agent.version}</span><span class="soft agent-time">reported <${Ago}
      time=${agent.last_report_at} /></span></p>
    ${lines.length > 0 && html`<dl class=${`agent-lines${level === 'silent' ? ' agent-stale' : ''}`}>
      ${lines.map(({ name, text, level: one, hint }) => html`<div key=${name} title=${hint}><dt>${name}</dt><dd
        class=${LINES[one] ?? ''}>${text}</dd></div>`)}
    </dl>`}
    ${level === 'silent' && lines.length > 0 && html`<p class="faint small">As of its last report.</p>`}
  </li>`;
}
