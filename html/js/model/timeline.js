/** Pure: the timeline of an incident, oldest first, with the shape or icon of each line. */
import { listed } from '../format.js';

/** What happened to the state it led to; everything else has an icon. */
const MARKS = {
  opened: 'suspect', confirmed: 'down', monitor_joined: 'suspect', monitor_confirmed: 'down', monitor_ended: 'up', recovering: 'recovering',
  failed_again: 'down', flapping: 'flapping', dependent_failed: 'degraded', false_alarm: 'false_alarm', acknowledged: 'acknowledged', resolved: 'resolved', reopened: 'started',
};
const ICONS = { alerted: 'send', alert_failed: 'alert', escalated: 'again', comment: 'comment', created: 'edit', truncated: 'more' };

const TOLD = /^(Told instead: |Told )/;
const NAMES_MAX = 6;

const isAlert = ({ what }) => what === 'alerted' || what === 'alert_failed';

function namesIn(names) {
  const rest = names.length - NAMES_MAX;
  return rest > 1 ? `${names.slice(0, NAMES_MAX).join(', ')} and ${rest} others` : listed(names);
}

/** Messages of one moment in a line each for those told, those told instead, and every one that could not be. */
function gathered(lines) {
  const ways = new Map();
  for (const line of lines) {
    const head = line.what === 'alerted' ? TOLD.exec(line.title)?.[0] ?? '' : '';
    const key = head || `${line.title} ${line.text}`;
    const name = line.title.slice(head.length);
    const known = ways.get(key);
    if (!known) ways.set(key, { line, head, names: [name] });
    else if (!known.names.includes(name)) known.names.push(name);
  }
  return [...ways.values()].map(({ line, head, names }) => ({ ...line, title: `${head}${namesIn(names)}` }));
}

/** A run of messages becomes a few lines: who was told stands whole in a list of its own. */
function withoutRepetition(lines) {
  const runs = [];
  for (const line of lines) {
    const last = runs.at(-1);
    if (last && isAlert(line) && isAlert(last[0])) last.push(line);
    else runs.push([line]);
  }
  return runs.flatMap((run) => (run.length > 1 ? gathered(run) : run));
}

/** The page shows the answer with the evidence. */
const ELSEWHERE = ['response'];

/** The hub tells the newest first, and often the same words of one step and the next: those stand once. What it could not tell all of says so in its place, at the beginning. */
export const linesOf = (items) => withoutRepetition(items
  .map(({ id, attributes: { what, at, who, data } }) => ({
    id, what, at, who, mark: MARKS[what] ?? null, icon: ICONS[what] ?? 'dot', title: data.title,
    text: what === 'comment' ? data.content.text : data.content ?? null,
    user: what === 'comment' ? data.content.user : null,
    comment: what === 'comment' ? String(id).replace(/^comment-/, '') : null,
  }))
  .filter(({ what }) => !ELSEWHERE.includes(what))
  .reverse())
  .map((line, i, lines) => (line.comment || line.text !== lines[i - 1]?.text ? line : { ...line, text: null }));
