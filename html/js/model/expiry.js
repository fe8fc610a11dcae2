/** Pure: when a monitor's certificate and its domain end, and whether that is soon. */
import { ms, plural } from '../format.js';

const DAY_MS = 86_400_000;

/** Two weeks before is soon, or as long before as the monitor wants to be told. */
const SOON_DAYS = 14;

const slotOf = ({ slot }) => (typeof slot === 'number' ? slot : Date.parse(slot));

/** What the freshest region that saw an end has seen. */
function lastSeen({ region_states: states }) {
  const [newest] = (states ?? []).filter((one) => one.expires_at).sort((a, b) => slotOf(b) - slotOf(a));
  return newest?.expires_at ?? null;
}

/** [{what, at, soonDays}], the certificate first; without those that are not known. */
export function endsOf(monitor) {
  const ofDomain = monitor.monitor_type === 'domain';
  const seen = lastSeen(monitor);
  const ends = [
    { what: 'certificate', at: ofDomain ? null : seen ?? monitor.certificate_expires_at, days: monitor.ssl_expiration },
    { what: 'domain', at: (ofDomain ? seen : null) ?? monitor.domain_expires_at, days: monitor.domain_expiration },
  ];
  return ends.filter(({ at }) => ms(at) !== null).map(({ what, at, days }) => ({ what, at, soonDays: Math.max(days ?? 0, SOON_DAYS) }));
}

export const daysLeft = (at, now) => Math.floor((ms(at) - now) / DAY_MS);
export const isSoon = ({ at, soonDays }, now) => ms(at) - now < soonDays * DAY_MS;

/** "in 5 days", "in less than a day", "has ended". */
export function leftWords(at, now) {
  const days = daysLeft(at, now);
  if (days >= 1) return `in ${plural(days, 'day')}`;
  return days < 0 ? 'has ended' : 'in less than a day';
}

/** The first moment at which something of this monitor counts as ending soon; null if nothing ends. */
export function soonFrom(monitor) {
  const moments = endsOf(monitor).map(({ at, soonDays }) => ms(at) - soonDays * DAY_MS);
  return moments.length ? Math.min(...moments) : null;
}

/** "Certificate ends in 5 days", of what ends soon; null if nothing does. */
export function endingWords(monitor, now) {
  const [first] = endsOf(monitor).filter((one) => isSoon(one, now)).sort((a, b) => ms(a.at) - ms(b.at));
  if (!first) return null;
  const left = leftWords(first.at, now);
  return `${first.what === 'domain' ? 'Domain' : 'Certificate'} ${left === 'has ended' ? left : `ends ${left}`}`;
}
