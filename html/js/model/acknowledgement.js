/** Pure: what the page of a link that acknowledges shows. */

/** waiting, invalid, open, thanks (this page did it), acknowledged or over. */
export function stepOf(one, problem, done) {
  if (problem && !problem.passing) return 'invalid';
  if (!one) return 'waiting';
  if (one.resolved_at || one.state === 'resolved') return 'over';
  if (one.can_acknowledge) return 'open';
  return done ? 'thanks' : 'acknowledged';
}
