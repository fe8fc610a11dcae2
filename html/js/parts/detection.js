/** How long it took to find out: each step from the due check to the alert, to scale. */
import { html } from '../html.js';
import { millis, utc } from '../format.js';
import { detectionOf } from '../model/detection.js';

const BAR_MIN_PERCENT = 0.8;

export function Detection({ detection, kind }) {
  const { steps, spans, total, from } = detectionOf(detection, kind);
  if (!spans.length || total === null) return null;
  const last = steps.at(-1);
  return html`<section class="panel" aria-label="Detection">
    <div class="panel-head"><h2>Detection</h2><span class="soft small">${last.words} ${millis(total)} ${from}</span></div>
    <div class="panel-body">
      <ol class="steps detection">${spans.map((span) => html`<li key=${span.name}>
        <span class="soft">${span.words}</span>
        <span class="step-track"><${Bar} span=${span} total=${total} /></span>
        <b>${span.ms === 0 ? 'at once' : millis(span.ms)}</b>
      </li>`)}</ol>
      <dl class="detection-times">${steps.map((step) => html`<div key=${step.name}><dt>${step.words}</dt><dd
        class="mono">${utc(step.at).slice(11)}</dd></div>`)}</dl>
    </div>
  </section>`;
}

function Bar({ span, total }) {
  const share = (value) => (total > 0 ? (100 * value) / total : 0);
  const width = Math.max(BAR_MIN_PERCENT, share(span.ms));
  return html`<span style=${{ marginLeft: `${Math.min(share(span.from), 100 - BAR_MIN_PERCENT)}%`, width: `${width}%` }}></span>`;
}
