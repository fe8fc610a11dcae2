/**
 * Pure: every state there is, worst first, as a person on call wants to read them. This table is the
 * only place that says what a state is called, what is said of it, and which shape it has; its
 * colours are the meanings of css/values.css, given to it in css/state.css.
 *
 * says: the phrase after a name. mark: paths on a grid of 20, dot: the small form on a grid of 12.
 * fill is filled, cut is drawn upon it in the colour of the ground, line is a stroke, ring a
 * broken stroke with its dash. No two states share a shape, so that colour is never needed.
 */

const circle = (c, r, y = c) => `M${c - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0 ${r} ${r} 0 1 0-${2 * r} 0Z`;

const OCTAGON = 'M6.7 2h6.6L18 6.7v6.6L13.3 18H6.7L2 13.3V6.7L6.7 2Z';
const QUESTION = 'M8.3 8.2a1.8 1.8 0 1 1 2.5 1.7c-.5.2-.8.6-.8 1.1v.3M10 13.5h.01';

export const STATES = {
  down: {
    word: 'Down', says: 'is down',
    mark: { fill: OCTAGON, cut: 'M7.2 7.2l5.6 5.6M12.8 7.2l-5.6 5.6' }, dot: { fill: 'M6 .6 11.4 6 6 11.4.6 6 6 .6Z' },
  },
  flapping: {
    word: 'Flapping', says: 'goes up and down again and again',
    mark: { fill: 'M10 1.2 18.8 10 10 18.8 1.2 10Z', cut: 'M5.6 11.3l2.5-3.4 3.7 4.3 2.6-3.5' }, dot: { fill: 'M.8 1.8v8.4L6 6 .8 1.8ZM11.2 1.8v8.4L6 6l5.2-4.2Z' },
  },
  suspect: {
    word: 'Suspect', says: 'is suspected to be down',
    mark: { line: `M7.1 2.9h5.8L17.1 7.1v5.8L12.9 17.1H7.1L2.9 12.9V7.1L7.1 2.9Z${QUESTION}` }, dot: { line: 'M6 1.6 10.4 6 6 10.4 1.6 6 6 1.6Z' },
  },
  no_data: {
    word: 'No data', says: 'has no data',
    mark: { line: 'M6 2.6h8A3.4 3.4 0 0 1 17.4 6v8a3.4 3.4 0 0 1-3.4 3.4H6A3.4 3.4 0 0 1 2.6 14V6A3.4 3.4 0 0 1 6 2.6ZM6.4 10h7.2' },
    dot: { line: 'M3.4 1.7h5.2a1.7 1.7 0 0 1 1.7 1.7v5.2a1.7 1.7 0 0 1-1.7 1.7H3.4a1.7 1.7 0 0 1-1.7-1.7V3.4a1.7 1.7 0 0 1 1.7-1.7ZM4.3 6h3.4' },
  },
  recovering: {
    word: 'Recovering', says: 'is recovering',
    mark: { line: `${circle(10, 7.2)}M10 13.6V6.8M7 9.4l3-3 3 3` }, dot: { line: circle(6, 4.2), fill: 'M1.8 6h8.4A4.2 4.2 0 0 1 1.8 6Z' },
  },
  degraded: {
    word: 'Degraded', says: 'is degraded',
    mark: { fill: 'M10 1.6 19.2 17.6H.8L10 1.6Z', cut: 'M10 7.5v4M10 14.2h.01' }, dot: { fill: 'M6 1.2 11.3 10.6H.7L6 1.2Z' },
  },
  pending: {
    word: 'Pending', says: 'is waiting for its first result',
    mark: { ring: circle(10, 7), dash: '4.4 2.93' }, dot: { ring: circle(6, 4.1), dash: '2.6 1.7' },
  },
  maintenance: {
    word: 'Maintenance', says: 'is in maintenance',
    mark: { fill: 'M5.6 2.4h8.8L18.8 10l-4.4 7.6H5.6L1.2 10l4.4-7.6Z', cut: circle(10, 3.4) }, dot: { line: 'M3.5 1.7h5L11 6l-2.5 4.3h-5L1 6l2.5-4.3ZM6 5.99v.02' },
  },
  up: {
    word: 'Up', says: 'is up',
    mark: { fill: circle(10, 8), cut: 'M6.4 10.3l2.5 2.5 4.8-5.3' }, dot: { fill: circle(6, 4.5) },
  },
  paused: {
    word: 'Paused', says: 'is paused',
    mark: { line: `${circle(10, 7.2)}M8 7.2v5.6M12 7.2v5.6` }, dot: { line: 'M4 2.4v7.2M8 2.4v7.2' },
  },
  /* Of a region only: it looked, and could not measure. */
  unknown: {
    word: 'Not measured', says: 'could not be measured',
    mark: { ring: circle(10, 7.2), dash: '1.6 2.9', line: QUESTION }, dot: { line: circle(6, 3.9) },
  },
  /* Of a heartbeat only: past its time and within its grace; between its start and its end. */
  late: {
    word: 'Late', says: 'is late',
    mark: { fill: 'M4 2h12c0 3.9-3.4 5.6-4.3 8 .9 2.4 4.3 4.1 4.3 8H4c0-3.9 3.4-5.6 4.3-8C7.4 7.6 4 5.9 4 2Z', cut: 'M7.6 15.3h4.8' }, dot: { fill: 'M1.5 1h9L6 6l4.5 5h-9L6 6Z' },
  },
  running: {
    word: 'Running', says: 'is running',
    mark: { line: circle(10, 7.6), fill: 'M7.9 6.1v7.8L14.1 10Z' }, dot: { fill: 'M2.6 1v10l8-5Z' },
  },
};

const NOT_OF_MONITORS = ['unknown', 'late', 'running'];

const likeMonitor = (state, word) => ({ word, mark: STATES[state].mark });

/** Of incidents: those that are like a monitor's state have its shape. */
export const INCIDENT_STATES = {
  unconfirmed: likeMonitor('suspect', 'Unconfirmed'),
  started: likeMonitor('down', 'Open'),
  acknowledged: { word: 'Acknowledged', mark: { fill: OCTAGON, cut: `${circle(10, 2.1, 7.6)}M5.9 14.4c.6-2.2 2.1-3.3 4.1-3.3s3.5 1.1 4.1 3.3` } },
  validating: likeMonitor('recovering', 'Recovering'),
  resolved: likeMonitor('up', 'Resolved'),
  false_alarm: { word: 'False alarm', mark: { line: `${circle(10, 7.2)}M5.2 14.8l9.6-9.6` } },
};

const lookUp = (state) => STATES[state] ?? INCIDENT_STATES[state];

export const stateWord = (state) => lookUp(state)?.word ?? state;
export const stateSays = (state) => STATES[state]?.says ?? `is ${state}`;
export const markOf = (state) => (lookUp(state) ?? STATES.unknown).mark;
export const dotOf = (state) => (STATES[state] ?? STATES.unknown).dot;

/** What a monitor can be, worst first. */
export const STATE_ORDER = Object.keys(STATES).filter((one) => !NOT_OF_MONITORS.includes(one));

/** Those in which a person wants to know why. */
export const hasReason = (state) => ['down', 'flapping', 'suspect', 'degraded'].includes(state);
