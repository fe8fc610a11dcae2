/** Pure: the timeline of an incident, oldest first, with the shape or icon of each line. */

/** What happened to the state it led to; everything else has an icon. */
const MARKS = {
  opened: 'suspect', confirmed: 'down', monitor_joined: 'suspect', monitor_confirmed: 'down', monitor_ended: 'up', recovering: 'recovering',
  failed_again: 'down', flapping: 'flapping', dependent_failed: 'degraded', false_alarm: 'false_alarm', acknowledged: 'acknowledged', resolved: 'resolved', reopened: 'started',
};
const ICONS = { alerted: 'send', alert_failed: 'alert', escalated: 'again', comment: 'comment', created: 'edit', truncated: 'more' };

/** The page shows the answer with the evidence. */
const ELSEWHERE = ['response'];

/** The hub tells the newest first, and often the same words of one step and the next: those stand once. What it could not tell all of says so in its place, at the beginning. */
export const linesOf = (items) => items
  .map(({ id, attributes: { what, at, who, data } }) => ({
    id, what, at, who, mark: MARKS[what] ?? null, icon: ICONS[what] ?? 'dot', title: data.title,
    text: what === 'comment' ? data.content.text : data.content ?? null,
    user: what === 'comment' ? data.content.user : null,
    comment: what === 'comment' ? String(id).replace(/^comment-/, '') : null,
  }))
  .filter(({ what }) => !ELSEWHERE.includes(what))
  .reverse()
  .map((line, i, lines) => (line.comment || line.text !== lines[i - 1]?.text ? line : { ...line, text: null }));
