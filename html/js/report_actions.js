/** What a person can do to a scheduled report, and to what was made of it. */
import { del, patch, post } from './api.js';
import { toast } from './announce.js';
import { plural } from './format.js';
import { fromResource } from './store.js';

export const saveReport = async (id, body) => fromResource((id ? await patch(`/reports/${id}`, body) : await post('/reports', body)).data);

/** Someone else may have deleted it first: gone is gone. */
export async function deleteReport(report) {
  try {
    await del(`/reports/${report.id}`);
  } catch (problem) {
    if (problem.status !== 404) throw problem;
  }
  toast(`${report.name} is deleted`, 'trash');
}

/** period: 'last' or 'current'. */
export async function makeReport(report, period) {
  const run = fromResource((await post(`/reports/${report.id}/run`, { period })).data);
  toast('The report is made');
  return run;
}

/** Nobody gets a report twice, however often this is asked for. */
export async function sendRun(run) {
  const { receivers } = await post(`/reports/${run.report_id}/runs/${run.id}/send`);
  toast(receivers ? `On its way to ${plural(receivers, 'receiver')}` : 'Nobody is left to send it to', 'send');
}
