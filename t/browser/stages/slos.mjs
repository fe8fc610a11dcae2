// Service levels: none yet, the form and what it refuses, the list, the page with its budget, changing and deleting one.
import { SIZES, overflow, until } from '../browser.mjs';
import { is, ok } from '../tap.mjs';

const FORM = 'form.monitor-form';

/** After the stage of history: the walk's monitor has a past. */
export async function slos(walk) {
  await adding(walk);
  await looking(walk);
  await changing(walk);
}

async function adding({ page, base }) {
  await page.goto(`${base}/sla`);
  await page.getByRole('link', { name: 'Service levels', exact: true }).click();
  ok(await until(() => page.getByText('How much down time is too much?').isVisible()), 'before the first: what one is for');
  await page.locator('main').getByRole('link', { name: 'Add SLO' }).click();
  await page.locator(FORM).waitFor();
  ok(await until(() => page.getByText('Each monitor may be down for 43 min 12 s in 30 days.').isVisible()), 'the form says what a target means');
  await page.getByRole('button', { name: 'Add SLO' }).click();
  ok(await until(() => page.getByText('Choose at least one monitor').isVisible()), 'what is missing is said at its field');
  await page.getByLabel('Name', { exact: true }).fill('Checkout <b>');
  await page.getByRole('combobox', { name: 'Monitors' }).click();
  await page.getByRole('option').first().click();
  await page.getByRole('button', { name: '99.95', exact: true }).click();
  ok(await until(() => page.getByText('21 min 36 s').isVisible()), 'another target');
  await page.getByRole('button', { name: 'Add SLO' }).click();
  await page.waitForURL(/\/slos\/\d+$/);
}

async function looking(walk) {
  const { page, base } = walk;
  walk.slo = new URL(page.url()).pathname;
  ok(await until(() => page.getByTestId('slo-state').isVisible()), 'its page says how it stands');
  is(await page.locator('h1').evaluate((node) => node.firstChild.textContent), 'Checkout <b>', 'names are text');
  ok(await until(() => page.locator('.budget-chart, .chart-empty').first().isVisible()), 'the budget day by day');
  is(await page.locator('.rate').count(), 7, 'burn rates over seven windows');
  const plot = page.locator('.budget-plot');
  if (await plot.count()) {
    await plot.focus();
    await page.keyboard.press('ArrowLeft');
    ok(await until(() => page.locator('.budget-tip').isVisible()), 'arrows go from day to day');
    ok(/\d/.test(await plot.getAttribute('aria-valuetext')), 'which a screen reader hears');
  }
  await page.setViewportSize(SIZES.phone);
  is(await overflow(page), 0, 'no wider than a phone');
  await page.goto(`${base}/slos`);
  ok(await until(() => page.locator('.row-slo').isVisible()), 'the list');
  is(await overflow(page), 0, 'nor is the list');
  await page.setViewportSize(SIZES.wide);
  ok(await page.locator('.budget-bar').first().getAttribute('aria-label').then((words) => words.startsWith('Error budget:')), 'its bar has words');
}

async function changing({ page, base, slo }) {
  await page.evaluate(async (path) => fetch(`/api/v2${path}`, { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ name: 'Changed elsewhere' }) }), slo);
  ok(await until(() => page.getByText('Changed elsewhere').isVisible()), 'what somebody else changes is seen at once');
  await page.goto(`${base}${slo}/edit`);
  await page.getByLabel('Name', { exact: true }).fill('Shop');
  await page.getByLabel('Over').selectOption('month');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.waitForURL(base + slo);
  ok(await until(() => page.getByText('99.95 % in a calendar month').isVisible()), 'changed');
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await page.getByRole('button', { name: 'Delete SLO' }).click();
  await page.waitForURL(`${base}/slos`);
  ok(await until(() => page.locator('.empty').isVisible()), 'deleted');
}
