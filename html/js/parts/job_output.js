/** What a job said of its failure: it came from outside and is shown as text. */
import { html } from '../html.js';

export function JobOutput({ incident }) {
  if (!incident.heartbeat_id || !incident.response_content) return null;
  return html`<section class="panel" aria-label="Output"><div class="panel-head"><h2>Output</h2></div>
    <div class="panel-body"><pre class="evidence-text" tabindex="0">${incident.response_content}</pre></div></section>`;
}
