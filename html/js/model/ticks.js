/**
 * Results of one monitor in columns, one set per region, ascending by slot: the shape in which
 * they come from the hub and in which charts want them.
 */

const COLUMNS = [
  'slot', 'checked_at', 'status', 'reason', 'text', 'http_status', 'address', 'attempts', 'lagged',
  'dns', 'connect', 'tls', 'first_byte', 'total',
];

const emptyColumns = (region) => Object.fromEntries([['region', region], ...COLUMNS.map((name) => [name, []])]);

/** The reply's regions in a stable order. */
export const fromReply = (attributes) => ({
  truncated: attributes.truncated === true,
  regions: [...attributes.regions].sort((a, b) => a.region.localeCompare(b.region)),
});

const toMs = (time) => (typeof time === 'number' ? time : Date.parse(time));

/** A live event's region result as one row of columns. */
export function rowOf(news) {
  const { region, phases } = news;
  return {
    region: region.region,
    slot: toMs(region.slot),
    checked_at: toMs(region.checked_at),
    status: region.status,
    reason: region.failure_reason ?? null,
    text: region.failure_text ?? null,
    http_status: region.http_status ?? null,
    address: region.address ?? null,
    attempts: null,
    lagged: null,
    dns: phases?.dns ?? null,
    connect: phases?.connect ?? null,
    tls: phases?.tls ?? null,
    first_byte: phases?.first_byte ?? null,
    total: phases?.total ?? region.response_time ?? null,
  };
}

/** The same results with one more, in its place; a slot that is known already changes nothing. */
export function withRow(ticks, row) {
  if (!Number.isFinite(row.slot)) return ticks;
  const known = ticks.regions.find((one) => one.region === row.region);
  const columns = known ?? emptyColumns(row.region);
  const at = placeFor(columns.slot, row.slot);
  if (at > 0 && columns.slot[at - 1] === row.slot) return ticks;
  for (const name of COLUMNS) columns[name]?.splice(at, 0, row[name]); // an older hub has not all of them
  const regions = known ? ticks.regions : [...ticks.regions, columns].sort((a, b) => a.region.localeCompare(b.region));
  return { ...ticks, regions: [...regions] };
}

/** The index behind the last slot <= the given one. */
export function placeFor(slots, slot) {
  let low = 0;
  let high = slots.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (slots[middle] <= slot) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function rowAt(columns, at) {
  const row = { region: columns.region };
  for (const name of COLUMNS) row[name] = columns[name]?.[at] ?? null;
  return row;
}

/** The newest rows over all regions, newest first; want(columns, index) may refuse rows. */
export function newest(ticks, count, want = () => true) {
  const heads = ticks.regions.map((columns) => ({ columns, at: columns.slot.length - 1 }));
  const rows = [];
  while (rows.length < count) {
    const open = heads.filter(({ at }) => at >= 0);
    if (!open.length) return rows;
    const head = open.reduce((a, b) => (b.columns.slot[b.at] > a.columns.slot[a.at] ? b : a));
    if (want(head.columns, head.at)) rows.push(rowAt(head.columns, head.at));
    head.at -= 1;
  }
  return rows;
}

export const isEmpty = (ticks) => ticks.regions.every((columns) => columns.slot.length === 0);
