/** Pure: incidents in words, and what the list of them is asked for. */
import { ms } from '../format.js';

export const KIND_WORDS = {
  failure: 'Failure', heartbeat: 'Heartbeat', certificate_expiry: 'Certificate', domain_expiry: 'Domain', mass: 'Many at once',
  region_silent: 'Silent region', region_quarantined: 'Region not believed', scheduler_silent: 'Silent scheduler', burn: 'Error budget', manual: 'Made by hand',
};

export const kindWord = (kind) => KIND_WORDS[kind] ?? kind;

export const isOpen = (incident) => !incident.resolved_at;

/** Not confirmed is not told to anybody yet. */
export const counts = (incident) => isOpen(incident) && incident.state !== 'unconfirmed';

export const canAcknowledge = (incident) => counts(incident) && !incident.acknowledged_at;

/** What the installation finds out about itself is its administrators' to act on. */
export const mayAct = (incident, me) => incident.team_name !== null || me.administrator === true;

/** What ends soon has not failed. */
export const isEnding = ({ kind }) => ['certificate_expiry', 'domain_expiry'].includes(kind);

/** From when to when, in milliseconds; to is null while it goes on. */
export const spanOf = ({ started_at: from, resolved_at: to }) => ({ from: ms(from), to: ms(to) });

const NAMED_MAX = 2;

/** A region's alert is of that region, which its cause leaves out. */
const ofRegion = ({ kind }) => ['region_silent', 'region_quarantined'].includes(kind);

/** What a list says first of an incident. */
export const headline = (incident) => (ofRegion(incident) ? incident.name : incident.cause);

/** Who is affected: {links: [{href, name}], more, name}; name where it is nobody of these. */
export function affected(incident) {
  const monitors = [...new Map((incident.monitors ?? []).map((one) => [one.id, one])).values()];
  if (incident.heartbeat_id) return { links: [{ href: `/heartbeats/${incident.heartbeat_id}`, name: incident.name }], more: 0 };
  if (incident.slo_id) return { links: [{ href: `/slos/${incident.slo_id}`, name: incident.name }], more: 0 };
  if (!monitors.length) {
    const name = ofRegion(incident) ? incident.cause : incident.name;
    return { links: [], more: 0, name: name === headline(incident) ? '' : name };
  }
  const shown = monitors.slice(0, NAMED_MAX).map(({ id, name }) => ({ href: `/monitors/${id}`, name }));
  return { links: shown, more: Math.max(incident.monitors_count, monitors.length) - shown.length };
}

/** A resource of the API as one object, with the heartbeat or SLO that it is about. */
export const fromIncident = ({ id, attributes, relationships }) => ({ id, ...attributes, heartbeat_id: relationships?.heartbeat?.data.id ?? null, slo_id: relationships?.slo?.data.id ?? null });

export const STATE_FILTERS = [['', 'All'], ['open', 'Open'], ['acknowledged', 'Acknowledged'], ['resolved', 'Resolved']];
export const PER_PAGE = 20;
const PAGE_MAX = 100_000;

/** What is in the page's address, and nothing else: {state, kind, monitor, page}. */
export function filterOf(query) {
  const given = new URLSearchParams(query);
  const state = given.get('state') ?? '';
  const page = Number(given.get('page'));
  return {
    state: STATE_FILTERS.some(([one]) => one === state) ? state : '',
    kind: Object.hasOwn(KIND_WORDS, given.get('kind')) ? given.get('kind') : '',
    monitor: /^\d{1,9}$/.test(given.get('monitor') ?? '') ? given.get('monitor') : '',
    page: Number.isInteger(page) && page > 1 && page <= PAGE_MAX ? page : 1,
  };
}

export const isFiltered = ({ state, kind, monitor }) => Boolean(state || kind || monitor);

/** The two questions a list is made of, as queries of the API; null for what is not wanted. */
export function questionsOf({ state, kind, monitor, page }) {
  const rest = { ...(kind && { kind }), ...(monitor && { monitor_id: monitor }) };
  const ask = (more) => String(new URLSearchParams({ ...more, ...rest }));
  return {
    open: state === 'resolved' || page > 1 && state === '' ? null : ask({ resolved: 'false', ...(state === 'acknowledged' && { acknowledged: 'true' }), per_page: 50 }),
    past: state === '' || state === 'resolved' ? ask({ resolved: 'true', per_page: PER_PAGE, page }) : null,
  };
}

/** The number of pages by the API's own links. */
export const pagesOf = (reply) => Number(new URL(reply.pagination?.last ?? 'http://x/?page=1', 'http://x').searchParams.get('page')) || 1;
