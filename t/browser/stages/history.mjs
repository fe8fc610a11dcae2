// What the past says: bars in the list, availability of any stretch, the year, the team's table.
import { SIZES, overflow, until } from '../browser.mjs';
import { harness } from '../harness.mjs';
import { is, ok } from '../tap.mjs';
import { forgive } from './accounts.mjs';

const YEAR = '[aria-label="Calendar of the year"]';
const AVAILABILITY = 'section[aria-label=Availability]';

export async function history(walk) {
  await harness('past', walk.id);
  await bars(walk);
  await availability(walk);
  await latency(walk);
  await year(walk);
  await table(walk);
  await failing(walk);
  await keeping(walk);
}

async function bars({ page, base, id }) {
  await page.goto(`${base}/monitors`);
  const row = page.locator('.row', { has: page.locator(`.row-link[href="/monitors/${id}"]`) });
  ok(await until(() => row.locator('.bars-svg').isVisible()), 'the list has bars of the last 24 hours');
  ok(await until(async () => /^9\d\.\d+\s%$/.test(await row.locator('.bars-share').innerText())), 'and the availability of that time');
  ok(/down in \d hours?, .*up in/.test(await row.locator('.row-bars .hidden-text').innerText()), 'a screen reader hears it in words');
  ok(await row.locator('.bar-d').count() === 1 && await row.locator('.bar-u').count() === 1, 'what was down looks otherwise than what was up');
  await row.locator('.bars-box').hover({ position: { x: 100, y: 8 } });
  ok(await until(async () => /\d\d:\d\d .* (up|down)/.test(await page.locator('.bars-tip').innerText())), 'the pointer asks an hour');
  await page.mouse.move(1, 1);
  ok(await until(() => page.locator('.bars-legend').getByText('down', { exact: true }).isVisible()), 'the legend says what they mean');
}

/** Scrolls until what comes late is there. */
async function toHistory(page, base, id, query = '') {
  await page.goto(`${base}/monitors/${id}${query}`);
  await page.locator('[aria-label=History], .tiles').first().waitFor();
  /* It replaces itself when it has come. */
  await page.evaluate(() => document.querySelector('[aria-label=History], .tiles').scrollIntoView());
  return until(() => page.locator('.sla-facts-list').isVisible());
}

async function availability({ page, base, id }) {
  ok(await toHistory(page, base, id), 'the page of a monitor has its history');
  const fact = (name) => page.locator('.sla-facts-list div', { hasText: name }).locator('dd').innerText();
  /* Beside those of the stages before. */
  const incidents = Number(await fact('Incidents'));
  ok(incidents >= 2 && await fact('Longest incident') === '2 h' && /^2 h 2\d min/.test(await fact('Down time')), 'of 30 days');
  ok(await page.getByText(/Not counted: 3 h in maintenance, 1 h without data/).isVisible(), 'what was planned and what was not seen is told apart');
  await page.getByRole('button', { name: /^90 days/ }).click();
  ok(await until(async () => Number(await fact('Incidents')) === incidents + 1), 'another range has other numbers');
  is(new URL(page.url()).search, '?range=90d', 'and is in the address');
  await page.getByRole('button', { name: 'Another range' }).click();
  await page.getByLabel('First day').fill('2026-02-10');
  await page.getByLabel('Last day').fill('2025-01-01');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  ok(await until(() => page.locator('.other-span .field-error').isVisible()), 'days in the wrong order are told');
  await page.getByRole('button', { name: 'Last month' }).click();
  ok(await until(async () => /from=.*&to=/.test(new URL(page.url()).search)), 'a month is one click');
  ok(await until(() => page.locator(`${AVAILABILITY} .sla-facts-list`).isVisible()), 'any range has its numbers');
}

async function drawOver(page, over) {
  await over.evaluate((node) => node.scrollIntoView({ block: 'center' }));
  const box = await over.boundingBox();
  await page.mouse.move(box.x + box.width * 0.9, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.99, box.y + 60, { steps: 5 });
  await page.mouse.up();
}

async function latency({ page, base, id }) {
  await toHistory(page, base, id, '?range=7d');
  const panel = page.locator('[aria-label="Response time over time"]');
  ok(await until(() => panel.locator('canvas').isVisible()), 'percentiles are drawn over days');
  ok(await panel.getByText(/^A point is/).isVisible(), 'what a point is is said');
  await panel.getByLabel('Regions').selectOption('each');
  ok(await until(() => panel.getByLabel('Percentile').isVisible()), 'regions side by side, by a percentile of choice');
  await panel.getByLabel('Phase').selectOption('connect');
  ok(await until(() => panel.locator('canvas').isVisible()), 'another phase');
  await panel.getByLabel('Phase').selectOption('total');
  /* Another phase is another chart: what is drawn over one that is about to go is lost. The page itself says at once where it is;
     page.url() hears of it later, when there may be no chart to draw over, for want of results. */
  const closer = async () => { await drawOver(page, panel.locator('.u-over')); return /from=.*&to=/.test(await page.evaluate(() => location.search)); };
  ok(await until(closer), 'drawing over it looks closer');
  ok(await until(() => panel.getByText(/^Every result/).isVisible()), 'down to every result');
  await panel.getByRole('button', { name: 'Earlier' }).click();
  ok(await until(() => panel.locator('canvas, .chart-empty').first().isVisible()), 'and earlier');
  const regions = page.locator('.regions-table tbody tr');
  await panel.getByRole('button', { name: '30 days' }).click();
  ok(await until(async () => await regions.count() === 2), 'both regions are compared');
  const [file] = await Promise.all([page.waitForEvent('download'), panel.getByRole('link', { name: 'Results as CSV' }).click()]);
  ok(/csv/.test(file.suggestedFilename()), 'every result can be kept as CSV');
}

async function year({ page, base, id }) {
  await toHistory(page, base, id);
  const at = page.locator(`${YEAR} .day[tabindex="0"]`);
  ok(await until(async () => await page.locator(`${YEAR} .day-up`).count() > 0), 'the year has a square for each day');
  await at.focus();
  const today = await at.getAttribute('data-day');
  const month = today.slice(5, 7);
  for (const key of ['ArrowLeft', 'ArrowLeft', 'ArrowLeft']) await page.keyboard.press(key);
  const reached = await page.evaluate(() => document.activeElement.dataset.day ?? document.activeElement.outerHTML.slice(0, 200));
  if (month !== '01') ok(/^\d{4}-/.test(reached) && reached < today, 'arrows go from day to day', `from ${today} to ${reached}`);
  const bad = page.locator(`${YEAR} .day-bad, ${YEAR} .day-poor`).first();
  ok(/available, down for .*, \d+ incidents?/.test(await bad.getAttribute('aria-label')), 'a day says what it was');
  await bad.click();
  ok(await until(() => page.locator('.day-card').getByText('It was <b>down</b>').first().isVisible()), 'a day shows its incidents, their words as text');
  const now = await page.locator(`${YEAR} h2`).innerText();
  await page.getByRole('button', { name: 'Previous year' }).click();
  ok(await until(async () => Number(await page.locator(`${YEAR} h2`).innerText()) === Number(now) - 1), 'the year before');
  ok(await until(async () => await page.locator(`${YEAR} .day-none`).count() > 0), 'of which not all was watched');
}

async function table({ page, base, id }) {
  await page.getByRole('link', { name: 'Availability', exact: true }).click();
  await page.waitForURL(`${base}/sla`);
  const first = page.locator('.sla-table tbody tr').first();
  ok(await until(async () => await first.locator('a').getAttribute('href') === `/monitors/${id}`), 'the worst comes first');
  await page.getByRole('button', { name: 'Incidents', exact: true }).last().click();
  is(await page.locator('th[aria-sort]').getAttribute('aria-sort'), 'descending', 'sorted by another column, the worst first');
  ok(/sort=number_of_incidents/.test(page.url()), 'which is in the address');
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV' }).click()]);
  ok(/^availability-\d{4}-\d\d-\d\d-to-.*\.csv$/.test(file.suggestedFilename()), 'it can be kept as CSV');
  await page.getByRole('searchbox').fill('nothing like it');
  ok(await until(() => page.getByText('No monitor matches').isVisible()), 'a search without a match says so');
  await page.setViewportSize(SIZES.phone);
  await page.getByRole('searchbox').fill('');
  ok(await until(() => first.isVisible()), 'the table shows on a phone');
  is(await overflow(page), 0, 'and is no wider than it');
  await toHistory(page, base, id);
  is(await overflow(page), 0, 'nor is a monitor with its history');
  await page.setViewportSize(SIZES.wide);
}

async function failing({ page, base }) {
  await page.route('**/api/v2/sla?*', (route) => route.fulfill({ status: 503, contentType: 'application/json', body: '{"errors":"Not now"}' }));
  await page.goto(`${base}/sla`);
  ok(await until(() => page.getByText('Not now Trying again by itself.').isVisible()), 'a hub in trouble is told');
  await page.unroute('**/api/v2/sla?*');
  ok(await until(() => page.locator('.sla-table').isVisible()), 'and the page comes by itself when it is over');
  forgive(page, /503/);
}

async function keeping({ page, base }) {
  await page.goto(`${base}/settings?part=history`);
  const form = page.getByRole('form', { name: 'Of this team' });
  ok(await until(() => form.getByLabel('Every result').isVisible()), 'how long history is kept is a setting');
  ok(await page.getByRole('form', { name: 'Of the installation' }).count() === 0, 'that of the installation is its administrators\' to change');
  await form.getByLabel('Every result').selectOption('8');
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  ok(true, 'keeping less is asked about');
  await form.getByLabel('Every result').selectOption('3650');
  await form.getByRole('button', { name: 'Save' }).click();
  ok(await until(() => page.getByText('Saved', { exact: true }).isVisible()), 'keeping more is not');
  await page.reload();
  ok(await until(async () => await form.getByLabel('Every result').inputValue() === '3650'), 'and it is kept');
}
