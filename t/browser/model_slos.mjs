// Service levels: how they stand in words, burn rates, the burn-down, and the fields of their form.
import { allowedWords, bodyOf, changesOf, checkFields, fieldsOf, newFields } from '../../html/js/model/slo_fields.js';
import { budgetSentence, burnDown, burning, dayWords, leftWords, listSentence, markOf, monitorsWords, rateShare, rateWords, ratesOf, ratesSentence, secondsWords, sorted, targetWords, usedShare, windowWords, wordOf } from '../../html/js/model/slos.js';
import { is, ok } from './tap.mjs';

const budget = (total, spent) => ({ total, spent, remaining: total - spent, remaining_share: total ? 1 - spent / total : null });
const RATES = { '5m': 0, '30m': 0, '1h': 0, '2h': 0, '6h': 0, '1d': 0, '3d': 0 };
const slo = (more) => ({ id: '1', name: 'Checkout', target: 99.9, window: 30, timezone: 'UTC', timezone_iana: 'Etc/UTC', all_monitors: false, monitor_ids: ['1', '2'], monitors_count: 2, burn_alerts: true, policy_id: null,
  state: 'met', availability: 99.95, error_budget: budget(2592, 600), burn_rates: RATES, ...more });

function words() {
  is([wordOf(slo()), markOf(slo()), wordOf(slo({ state: 'new' })), markOf(slo({ state: 'new' }))], ['On target', 'up', 'new', 'no_data'], 'states, known and not');
  is([targetWords(slo()), windowWords({ window: 'month' })], ['99.9\u00a0% in 30 days', 'in a calendar month'], 'target and window');
  is([{}, { monitors_count: 1 }, { monitors_count: 0 }, { all_monitors: true, monitors_count: 1234 }].map((more) => monitorsWords(slo(more))), ['2 monitors', '1 monitor', 'no monitor any more', `all ${(1234).toLocaleString()} monitors`], 'monitors');
  is([0.5, 90, -60].map(secondsWords), ['<\u20091 s', '1 min 30 s', '1 min'], 'seconds');
  is([600, 0, 2591, 2592, 4000].map((spent) => leftWords(slo({ error_budget: budget(2592, spent) }))), ['76\u00a0%', '100\u00a0%', '<1\u00a0%', '0\u00a0%', '0\u00a0%'], 'what is left is never too good');
  is(leftWords(slo({ state: 'no_data', error_budget: budget(2592, 0) })), '–', 'of what was not measured nothing is said');
  is([leftWords(slo({ error_budget: budget(0, 0) })), usedShare(slo({ error_budget: budget(0, 0) })), usedShare(slo({ error_budget: budget(100, 400) }))], ['–', 0, 1], 'without a budget, and over it');
  is([{}, { error_budget: budget(2592, 0) }, { error_budget: budget(2592, 3192), state: 'missed' }, { state: 'no_data' }].map((more) => budgetSentence(slo(more))),
    ['33 min 12 s of 43 min 12 s error budget left.', 'None of its error budget of 43 min 12 s is used.', 'Down for 53 min 12 s, 10 min more than its error budget of 43 min 12 s.', 'Nothing was measured yet.'], 'budgets');
  const [met, risky, missed, blank] = ['met', 'at_risk', 'missed', 'no_data'].map((state) => slo({ state, name: state }));
  is([[], [met], [met, met], [met, blank], [met, risky], [risky, missed, missed]].map(listSentence), ['Service levels', 'On target', 'All 2 on target', 'Service levels', '1 target at risk', '2 targets missed'], 'lists');
  is(sorted([met, blank, missed, risky]).map(({ state }) => state), ['missed', 'at_risk', 'no_data', 'met'], 'the worst first');
}

function rates() {
  is([null, 0, 0.004, 0.5, 14.4, 333.3].map(rateWords), ['–', '0', '<0.01×', '0.5×', '14.4×', '333×'], 'rates');
  is([rateShare(0), rateShare(0.1), Math.round(rateShare(1) * 100), rateShare(5000)], [0, 0.02, 25, 1], 'on a bar');
  const fast = slo({ burn_rates: { '5m': 20, '30m': 15, '1h': 14.4, '2h': 2, '6h': 1, '1d': 0.5, '3d': null } });
  is(ratesOf(fast).map(({ level }) => level).join(' '), 'over over over fast over fine none', 'each by its alert');
  ok(burning(fast).critical && /Over the last hour .* 14.4 times as fast/.test(burning(fast).sentence), 'what alerts');
  ok(/3 days the .* and too fast over the last 6 h, too\.$/.test(burning(slo({ burn_rates: { ...RATES, '3d': 2, '6h': 2 } })).sentence), 'it is not said to go on when the last hours were calm');
  is([burning(slo()), burning(slo({ burn_rates: { ...RATES, '3d': 1.5, '6h': 1 } })).critical], [null, false], 'and what does not, or quietly');
  is([RATES, { ...RATES, '3d': 0.4 }, { ...RATES, '3d': 2 }, Object.fromEntries(Object.keys(RATES).map((name) => [name, null]))].map((burn_rates) => ratesSentence(slo({ burn_rates }))),
    ['Nothing of the budget was used in the last three days.', 'At the pace of the last three days the budget lasts for the whole window.', 'At the pace of the last three days the budget would not last for the whole window.', 'Nothing was measured lately.'], 'in a sentence');
}

function days() {
  const day = (name, spent, more) => ({ day: name, availability: 100, downtime: 0, error_budget: budget(100, spent), ...more });
  const drawn = burnDown([day('2026-11-01', 0, { error_budget: budget(0, 0) }), day('2026-11-02', 0), day('2026-11-03', 50), day('2026-11-04', 150)]);
  is([drawn.points.length, drawn.points.map(({ x }) => Math.round(x * 100)), drawn.points.map(({ share }) => share)], [3, [33, 67, 100], [1, 0.5, -0.5]], 'days that there were');
  ok(drawn.bottom < -0.5 && drawn.zero > 0.6 && drawn.points[0].y === 0 && drawn.points[2].y <= 1, 'below zero there is room');
  is([burnDown([day('2026-11-01', 10)]).points[0].x, burnDown([]).points.length, burnDown([day('2026-11-01', 1e6)]).bottom], [1, 0, -4], 'one day, none, and one that is far out');
  is([day('', 25, { downtime: 90 }), day('', 130), day('', 0, { error_budget: budget(0, 0) }), day('', 0, { availability: null })].map(dayWords),
    ['down for 1 min 30 s, 75\u00a0% left', 'no down time, 30 s over the budget', 'Nothing was watched yet.', 'nothing measured, 100\u00a0% left'], 'days in words');
}

function form() {
  const fields = { ...newFields(), name: ' Checkout ', monitor_ids: ['1', '2'], timezone: 'UTC' };
  is(checkFields(fields), {}, 'right');
  is(Object.keys(checkFields({ ...newFields(), timezone: 'Moon' })), ['name', 'timezone', 'monitor_ids'], 'what is missing');
  is(['', '100', '49.9', '99.1234', 'x', '99,95', '99.9 %'].map((target) => Boolean(checkFields({ ...fields, target }).target)), [true, true, true, true, true, false, false], 'targets');
  is(['99.9', '99.95', 'x'].map((target) => allowedWords({ target, window: '30' })), ['Each monitor may be down for 43 min 12 s in 30 days.', 'Each monitor may be down for 21 min 36 s in 30 days.', ''], 'what a target allows');
  is(bodyOf({ ...fields, target: '99,95', window: '7' }), { name: 'Checkout', target: 99.95, window: 7, timezone: 'UTC', all_monitors: false, monitor_ids: ['1', '2'], burn_alerts: true, policy_id: null }, 'a body');
  const held = fieldsOf(slo());
  is(changesOf(held, slo()), {}, 'nothing changed');
  is(changesOf({ ...held, window: 'month', all_monitors: true }, slo()), { window: 'month', all_monitors: true, monitor_ids: [] }, 'only what changed');
}

export function slos() {
  words();
  rates();
  days();
  form();
}
