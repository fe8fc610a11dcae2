/** Pure: the SLA of many monitors as a table: its columns, its order, and the same as CSV. */
import { csvOf } from './csv.js';
import { lengthWords, meanWords, percentWords } from './availability.js';

const number = (value) => (value ?? 0).toLocaleString();

/** [key, title, words of a value, better is 'more' | 'less' | null]. */
export const COLUMNS = [
  ['name', 'Monitor', String, null],
  ['availability', 'Availability', percentWords, 'more'],
  ['total_downtime', 'Down time', lengthWords, 'less'],
  ['number_of_incidents', 'Incidents', number, 'less'],
  ['longest_incident', 'Longest', lengthWords, 'less'],
  ['mean_time_to_acknowledge', 'To acknowledge', meanWords, 'less'],
  ['mean_time_to_resolve', 'To resolve', meanWords, 'less'],
  ['maintenance', 'Maintenance', lengthWords, 'less'],
  ['no_data', 'No data', lengthWords, 'less'],
];

const isColumn = (key) => COLUMNS.some(([one]) => one === key);

/** Worst first, until another order is asked for: {by, down}. */
export function orderOf(query) {
  const [by, way] = (new URLSearchParams(query).get('sort') ?? '').split('.');
  return isColumn(by) ? { by, down: way === 'down' } : { by: 'availability', down: false };
}

export const orderText = ({ by, down }) => (by === 'availability' && !down ? '' : `${by}${down ? '.down' : ''}`);

/** A column's first click shows what is worst, the next turns it round. */
export function nextOrder(order, by) {
  const worstFirst = COLUMNS.find(([key]) => key === by)[3] === 'less';
  return { by, down: order.by === by ? !order.down : worstFirst };
}

const names = new Intl.Collator(undefined, { numeric: true });
const known = (value) => value !== null && value !== undefined;

function compare(a, b, by) {
  if (by === 'name') return names.compare(a.name, b.name);
  return a[by] - b[by];
}

/** Sorted; of what nothing is known comes last, whichever way; equal ones by name. */
export function sortRows(rows, { by, down }) {
  return [...rows].sort((a, b) => {
    if (known(a[by]) !== known(b[by])) return known(a[by]) ? -1 : 1;
    return (known(a[by]) ? compare(a, b, by) * (down ? -1 : 1) : 0) || names.compare(a.name, b.name) || a.id - b.id;
  });
}

/** A resource of the API as a row. */
export const rowOf = ({ id, attributes }) => ({ ...attributes, id: String(attributes.monitor_id ?? id), name: String(attributes.pronounceable_name ?? attributes.name ?? attributes.url ?? id) });

const CSV = [
  ['Monitor', 'name'], ['Address', 'url'], ['Availability (%)', 'availability'], ['Down time (s)', 'total_downtime'], ['Incidents', 'number_of_incidents'],
  ['Longest incident (s)', 'longest_incident'], ['Average incident (s)', 'average_incident'], ['Time to acknowledge (s)', 'mean_time_to_acknowledge'],
  ['Time to resolve (s)', 'mean_time_to_resolve'], ['Maintenance (s)', 'maintenance'], ['Paused (s)', 'paused'], ['No data (s)', 'no_data'],
];

/** from, to: the stretch of time, so that the file says what it is about. */
export function slaCsv(rows, { from, to }) {
  const ends = [from, to].map((time) => new Date(time).toISOString());
  return csvOf([['From', 'To', ...CSV.map(([title]) => title)], ...rows.map((row) => [...ends, ...CSV.map(([, key]) => row[key])])]);
}
