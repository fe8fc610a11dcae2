/** /incidents/{id} */
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { get } from '../api.js';
import { toast } from '../announce.js';
import { hubTime } from '../clock.js';
import { acknowledge, acknowledgedBy, addComment, deleteIncident, reopen, resolve } from '../incident_actions.js';
import { canAcknowledge, counts, fromIncident, isOpen, mayAct } from '../model/incidents.js';
import { stateWord } from '../model/states.js';
import { linesOf } from '../model/timeline.js';
import { onIncident } from '../open_incidents.js';
import { paced } from '../paced.js';
import { go } from '../router.js';
import { me } from '../session.js';
import { monitorSignal, putMonitors } from '../store.js';
import { useLoad } from '../use_load.js';
import { useTitle } from '../title.js';
import { CommentForm } from '../parts/comment_form.js';
import { Confirm } from '../parts/confirm.js';
import { Detection } from '../parts/detection.js';
import { EscalateDialog } from '../parts/escalate_dialog.js';
import { EscalationStatus } from '../parts/escalation_status.js';
import { Icon } from '../parts/icon.js';
import { IncidentEvidence } from '../parts/incident_evidence.js';
import { IncidentMonitors } from '../parts/incident_monitors.js';
import { IncidentVerdict } from '../parts/incident_verdict.js';
import { JobOutput } from '../parts/job_output.js';
import { LoadProblem } from '../parts/load_problem.js';
import { MonitorSkeleton } from '../parts/monitor_skeleton.js';
import { Notifications } from '../parts/notifications.js';
import { Timeline } from '../parts/timeline.js';

const DELETED = { message: 'This incident was deleted' };

async function load(id, signal) {
  const [incident, timeline] = await Promise.all([get(`/incidents/${id}`, { signal }), get(`/incidents/${id}/timeline`, { signal })]);
  putMonitors([incident.included ?? []].flat().filter((one) => one.type === 'monitor'));
  return { incident: fromIncident(incident.data), lines: linesOf(timeline.data) };
}

export function Incident({ id }) {
  const held = useLoad((signal) => load(id, signal), [id]);
  const gone = useSignal(false);
  useEffect(() => {
    const again = paced(() => held.again());
    return onIncident(({ action }) => { if (action === 'deleted') gone.value = true; else again(); }, id);
  }, [id]);
  const { data } = held.value;
  const problem = gone.value ? DELETED : held.value.problem;
  useTitle(data ? `${stateWord(data.incident.state)}: ${data.incident.name}` : 'Incident');
  if (problem && !problem.passing) return html`<div class="page"><${Crumb} /><${LoadProblem} problem=${problem} /></div>`;
  if (!data) return problem ? html`<div class="page"><${LoadProblem} problem=${problem} what="The incident" /></div>` : html`<${MonitorSkeleton} />`;
  const { incident, lines } = data;
  const may = mayAct(incident, me.value);
  const comment = async (content) => { await addComment(id, content); await held.again(); };
  return html`<div class="page">
    <${Crumb} />
    <${Head} held=${held} incident=${incident} may=${may} />
    <div class="stack">
      <${IncidentVerdict} incident=${incident} />
      <${Escalation} held=${held} incident=${incident} may=${may} />
      <${Notifications} incident=${incident} />
      <${Detection} detection=${incident.detection} kind=${incident.kind} />
      <${IncidentMonitors} incident=${incident} />
      <${IncidentEvidence} incident=${incident} kindOf=${(monitor) => monitorSignal(monitor)?.peek().monitor_type} />
      <${JobOutput} incident=${incident} />
      <section class="panel" aria-label="Timeline"><div class="panel-head"><h2>Timeline</h2></div>
        <div class="panel-body"><${Timeline} id=${id} lines=${lines} onChange=${held.again} />
          ${may && html`<${CommentForm} label="Add a comment" action="Comment" send=${comment} />`}</div></section>
    </div>
  </div>`;
}

const Crumb = () => html`<a class="crumb" href="/incidents"><${Icon} name="back" size="16" />Incidents</a>`;

/** Where it stands, and the way to tell others; what is not confirmed or is over concerns nobody. */
function Escalation({ held, incident, may }) {
  const asking = useSignal(false);
  return html`<${EscalationStatus} incident=${incident}>
      ${may && counts(incident) && html`<button type="button" class="button" onClick=${() => { asking.value = true; }}>Escalate…</button>`}<//>
    ${asking.value && html`<${EscalateDialog} incident=${incident} onDone=${held.again} onClose=${() => { asking.value = false; }} />`}`;
}

/** The hub has the last word: what it refuses is told, and how things are is asked anew. */
async function change(held, work, before) {
  const put = (incident) => { held.value = { ...held.peek(), data: { ...held.peek().data, incident } }; };
  if (before) put(before);
  try {
    await work();
  } catch (problem) { toast(problem.message, 'alert'); }
  await held.again();
}

function Head({ held, incident, may }) {
  const deleting = useSignal(false);
  const { id } = incident;
  const take = () => change(held, () => acknowledge(id), acknowledgedBy(incident, me.value, hubTime()));
  const remove = async () => {
    await deleteIncident(incident);
    go('/incidents', { replace: true });
  };
  return html`<div class="page-head">
    <div><h1 class="wrap-anywhere">${incident.name}<span class="hidden-text">, ${stateWord(incident.state)}</span></h1></div>
    ${may && html`<div class="page-actions">
      ${canAcknowledge(incident) && html`<button type="button" class="button button-primary" onClick=${take}>Acknowledge</button>`}
      ${isOpen(incident) ? html`<button type="button" class="button" onClick=${() => change(held, () => resolve(id))}><${Icon} name="check" size="16" />Resolve</button>`
    : html`<button type="button" class="button" onClick=${() => change(held, () => reopen(id))}>Reopen</button>`}
      <button type="button" class="button" onClick=${() => { deleting.value = true; }}><${Icon} name="trash" size="16" />Delete…</button>
    </div>`}
    ${deleting.value && html`<${Confirm} title="Delete this incident?" action="Delete incident" work=${remove} onClose=${() => { deleting.value = false; }}>
      <p>Its timeline, evidence and comments are removed. This cannot be undone. Whatever still fails goes on without it.</p><//>`}
  </div>`;
}
