/** Pure: SLOs in words: how they stand, their error budget, and how fast it is used. */
import { duration, plural } from '../format.js';
import { percentWords } from './availability.js';

/** Which of the states with a shape each of theirs is, and its own word; worst first. */
const STATES = {
  missed: ['down', 'Missed'],
  at_risk: ['degraded', 'At risk'],
  no_data: ['no_data', 'No data'],
  met: ['up', 'On target'],
};

export const ORDER = Object.keys(STATES);
export const markOf = ({ state }) => STATES[state]?.[0] ?? 'no_data';
export const wordOf = ({ state }) => STATES[state]?.[1] ?? state;

/** Seconds as a length of time, of which there may be a fraction of one. */
export const secondsWords = (seconds) => (seconds > 0 && seconds < 1 ? '<\u20091 s' : duration(Math.abs(seconds) * 1000));

const rounded = (value) => (value >= 100 ? Math.round(value) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

/** "14.4×"; null: nothing was measured. */
export const rateWords = (rate) => (rate === null || rate === undefined ? '–' : rate === 0 ? '0' : rate < 0.01 ? '<0.01×' : `${Number(rounded(rate)).toLocaleString()}×`);

/** "in 30 days", "in a calendar month" */
export const windowWords = ({ window }) => (window === 'month' ? 'in a calendar month' : `in ${window} days`);

export const targetWords = (slo) => `${slo.target}\u00a0% ${windowWords(slo)}`;

export function monitorsWords({ all_monitors: all, monitors_count: count }) {
  if (all) return count === 1 ? 'all monitors (1)' : `all ${count.toLocaleString()} monitors`;
  return count ? plural(count, 'monitor') : 'no monitor any more';
}

/** What is left of the error budget, as a whole number of percent that is never too good. */
export function leftWords({ state, error_budget: { remaining_share: share } }) {
  if (state === 'no_data' || share === null || share === undefined) return '–';
  if (share <= 0) return '0\u00a0%';
  return share < 0.01 ? '<1\u00a0%' : `${Math.floor(share * 100 + 1e-6)}\u00a0%`;
}

/** One sentence: how much of it is left, or by how much it was missed. */
export function budgetSentence({ state, error_budget: { total, spent, remaining } }) {
  if (state === 'no_data') return 'Nothing was measured yet.';
  if (remaining < 0) return `Down for ${secondsWords(spent)}, ${secondsWords(remaining)} more than its error budget of ${secondsWords(total)}.`;
  if (!spent) return `None of its error budget of ${secondsWords(total)} is used.`;
  return `${secondsWords(remaining)} of ${secondsWords(total)} error budget left.`;
}

/** Of the bar: what is used of the budget, 0 to 1. */
export const usedShare = ({ error_budget: { remaining_share: share } }) => Math.min(1, Math.max(0, 1 - (share ?? 1)));

export const availabilityWords = ({ availability }) => percentWords(availability);

/** Of a list: what its head says. */
export function listSentence(slos) {
  if (!slos.length) return 'Service levels';
  const of = (state) => slos.filter((one) => one.state === state).length;
  const [missed, risky] = [of('missed'), of('at_risk')];
  if (missed) return `${plural(missed, 'target')} missed`;
  if (risky) return `${plural(risky, 'target')} at risk`;
  return of('met') === slos.length ? (slos.length === 1 ? 'On target' : `All ${slos.length.toLocaleString()} on target`) : 'Service levels';
}

export const sorted = (slos) => [...slos].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || a.name.localeCompare(b.name));

const WINDOWS = [['5m', '5 min'], ['30m', '30 min'], ['1h', 'hour'], ['2h', '2 h'], ['6h', '6 h'], ['1d', '24 h'], ['3d', '3 days']];

/** The pairs of windows that alert together: [long, short, rate, whether somebody is woken]. */
const RULES = [['1h', '5m', 14.4, true], ['6h', '30m', 6, true], ['1d', '2h', 3, false], ['3d', '6h', 1, false]];

const RATE_MIN = 0.1;
const RATE_MAX = 1000;

/** A rate on a bar of which every tenth part is as much: 0.1 is its beginning, 1,000 its end. */
export const rateShare = (rate) => (rate > 0 ? Math.min(1, Math.max(0.02, Math.log10(rate / RATE_MIN) / Math.log10(RATE_MAX / RATE_MIN))) : 0);

/** Of a window: how bad its rate is: 'over' its alert's, 'fast' (more than the target allows), 'fine', 'none'. */
function levelOf(name, rate) {
  if (rate === null || rate === undefined) return 'none';
  const limits = RULES.filter(([long, short]) => long === name || short === name).map(([, , limit]) => limit);
  if (rate >= Math.min(...limits)) return 'over';
  return rate > 1 ? 'fast' : 'fine';
}

export const ratesOf = ({ burn_rates: rates }) => WINDOWS.map(([name, words]) => ({ name, words, rate: rates[name], level: levelOf(name, rates[name]) }));

/** What goes on now, of what alerts: {critical, sentence}; null if nothing does. */
export function burning({ burn_rates: rates }) {
  const rule = RULES.find(([long, short, limit]) => rates[long] >= limit && rates[short] >= limit);
  if (!rule) return null;
  const [long, short, , critical] = rule;
  const named = (window) => `the last ${WINDOWS.find(([name]) => name === window)[1]}`;
  return { critical, sentence: `Over ${named(long)} the error budget was used ${rateWords(rates[long]).replace('×', '')} times as fast as the target allows, and too fast over ${named(short)}, too.` };
}

/** The whole of the rates in a sentence. */
export function ratesSentence(slo) {
  const known = ratesOf(slo).filter(({ rate }) => rate !== null && rate !== undefined);
  if (!known.length) return 'Nothing was measured lately.';
  if (known.every(({ rate }) => rate === 0)) return 'Nothing of the budget was used in the last three days.';
  return burning(slo)?.sentence ?? (known.at(-1).rate > 1
    ? 'At the pace of the last three days the budget would not last for the whole window.' : 'At the pace of the last three days the budget lasts for the whole window.');
}

/** The burn-down as points of a drawing that is 1 wide: [{x, y, day, ...}], with its bounds. */
export function burnDown(days) {
  const known = days.map((one, i) => ({ ...one, i, share: one.error_budget.remaining_share })).filter(({ share }) => share !== null);
  const low = Math.min(0, ...known.map(({ share }) => share));
  const bottom = low < 0 ? Math.max(low * 1.08, -4) : 0;
  const last = Math.max(1, days.length - 1);
  return {
    bottom,
    zero: 1 / (1 - bottom),
    points: known.map(({ i, share, ...one }) => ({ ...one, i, share, x: days.length === 1 ? 1 : i / last, y: (1 - Math.max(bottom, share)) / (1 - bottom) })),
  };
}

/** A day of it in words. */
export function dayWords({ availability, downtime, error_budget: budget }) {
  if (budget.remaining_share === null) return 'Nothing was watched yet.';
  const down = downtime > 0 ? `down for ${secondsWords(downtime)}` : availability === null ? 'nothing measured' : 'no down time';
  const left = budget.remaining < 0 ? `${secondsWords(budget.remaining)} over the budget` : `${leftWords({ error_budget: budget })} left`;
  return `${down}, ${left}`;
}
