/**
 * Pure: what only one kind of check measures, as [name, text] lines. Kinds and agents may add
 * members: what is not known by name is shown by its name, with its unit if the name ends in one.
 */
import { micros } from '../format.js';

const NAMES = {
  packets_sent: 'Packets sent', packets_received: 'Packets received', loss_percent: 'Loss', duplicates: 'Duplicates',
  rtt_min_us: 'Fastest', rtt_avg_us: 'Average', rtt_max_us: 'Slowest', jitter_us: 'Jitter', rtt_us: 'Each packet',
  record: 'Record', rcode: 'Answer code', ttl_s: 'Time to live', answers_count: 'Answers', answers: 'Answers given',
};

const UNITS = [
  [/_us$/, (value) => micros(value)],
  [/_ms$/, (value) => `${value} ms`],
  [/_s$/, (value) => `${value} s`],
  [/_percent$/, (value) => `${value} %`],
];

const LOST = 'lost';

function text(name, value) {
  if (Array.isArray(value)) return value.map((one) => (one === null ? LOST : text(name, one))).join(', ');
  if (value !== null && typeof value === 'object') return measuredLines(value).map(([one, words]) => `${one}: ${words}`).join(', ');
  const unit = typeof value === 'number' && UNITS.find(([ending]) => ending.test(name));
  return unit ? unit[1](value) : String(value);
}

const words = (name) => {
  const plain = name.replace(/_(us|ms|s|percent)$/, '').replaceAll('_', ' ');
  return NAMES[name] ?? plain.charAt(0).toUpperCase() + plain.slice(1);
};

/** A count of zero says nothing when it is the good case. */
const dull = ([name, value]) => value === null || value === '' || (['duplicates', 'retries'].includes(name) && value === 0)
  || (Array.isArray(value) && value.length === 0);

export const measuredLines = (measured) => Object.entries(measured).filter((one) => !dull(one)).map(([name, value]) => [words(name), text(name, value)]);
