// A heartbeat from its form to its pings: the open page follows what a job tells, and what it does not tell.
import { overflow, until, SIZES } from '../browser.mjs';
import { is, ok } from '../tap.mjs';
import { forgive } from './accounts.mjs';
import { says, verdict } from './adding.mjs';

const address = (page) => page.getByLabel('address', { exact: true }).innerText();
const ping = async (page, end = '', body) => (await fetch((await address(page)).trim() + end, body === undefined ? {} : { method: 'POST', body })).status;
const save = (page) => page.getByRole('button', { name: 'Add heartbeat' }).click();

async function form(page) {
  await page.getByRole('link', { name: 'Heartbeats', exact: true }).click();
  await page.waitForURL('**/heartbeats');
  ok(await until(() => page.getByText('Hear from your cron jobs').isVisible()), 'the empty list says what a heartbeat is');
  await page.getByRole('link', { name: 'Add heartbeat' }).click();
  const name = page.getByLabel('Name', { exact: true });
  ok(await until(() => name.evaluate((node) => node === document.activeElement)), 'the name has the focus');
  await save(page);
  ok(await until(() => page.getByText('Give it a name').isVisible()), 'it needs a name');
  await name.fill('Backup <b>of all</b>');
  await page.getByRole('button', { name: 'By a schedule' }).click();
  const cron = page.getByLabel('Cron expression');
  await cron.fill('30 9 * * 1-5');
  ok(await until(() => page.getByText('On Monday to Friday at 09:30').isVisible()), 'what an expression means is said in words');
  is(await page.getByRole('list', { name: 'Next runs' }).locator('li').count(), 3, 'with its next runs');
  await cron.fill('30 25 * * *');
  await cron.blur();
  ok(await until(() => page.getByText('The hour is between 0 and 23').isVisible()), 'and what is wrong with it');
  await page.getByRole('button', { name: 'At an interval' }).click();
  await page.getByLabel('Every', { exact: true }).fill('30');
  await page.getByLabel('Every, unit').selectOption('second');
  is(await page.getByLabel('Grace', { exact: true }).inputValue(), '6', 'grace follows with a fifth of it');
  await page.getByLabel('Grace', { exact: true }).fill('1');
  await save(page);
  await page.waitForURL(/\/heartbeats\/\d+$/);
}

async function pings(page) {
  ok(await says(page, /^Waiting for the first ping/), 'a new one waits for its first ping');
  ok((await address(page)).includes('/api/v1/heartbeat/'), 'its address is shown');
  await page.getByRole('button', { name: 'crontab' }).click();
  ok(await until(async () => (await page.getByLabel('example for crontab', { exact: true }).innerText()).includes(`${(await address(page)).trim()}/start`)), 'inside examples to paste');
  await page.evaluate(() => { globalThis.sameDocument = true; });
  is(await ping(page, '/start'), 200, 'the job tells that it starts');
  ok(await says(page, /^Running for/), 'the page says that it runs');
  is(await ping(page, '/0', 'all <i>well</i>\n'), 200, 'and that it went well');
  ok(await says(page, /^Up/), 'the page says up');
  ok(await until(async () => await page.locator('.ping').count() === 2), 'both pings are listed');
  await page.locator('.ping-output summary').first().click();
  is((await page.locator('.ping-output pre').first().innerText()).trim(), 'all <i>well</i>', 'its output is text');
}

async function failed(page) {
  await ping(page, '/3', 'disk full');
  ok(await says(page, /^Down for/), 'an exit code is a failure');
  ok(await until(() => page.locator('.verdict').getByText('It ended with exit code 3.').isVisible()), 'with the code in words');
  const back = page.url();
  await page.getByRole('link', { name: 'Open incident' }).click();
  await page.waitForURL(/\/incidents\/\d+$/);
  ok(await until(() => page.getByText(/exit code 3/).first().isVisible()), 'its incident says so, too');
  await page.goto(back);
  await ping(page);
  ok(await says(page, /^Up/), 'the next success ends it');
  ok(await until(async () => await page.getByRole('link', { name: 'Open incident' }).count() === 0), 'with its incident');
}

async function missed(page) {
  ok(await until(() => page.locator('.verdict').getByText(/^Expected at \d\d:\d\d:\d\d, nothing came by/).isVisible(), 90_000), 'one that does not come is missed');
  ok(await until(async () => (await page.title()).includes('Down: Backup')), 'the tab says it too');
  ok(await until(() => page.getByRole('link', { name: 'Open incident' }).isVisible()), 'with an incident');
  await page.getByRole('link', { name: 'Heartbeats', exact: true }).first().click();
  await page.waitForURL('**/heartbeats');
  ok(await until(async () => (await page.locator('.health h1').innerText()) === '1 of 1 down'), 'the list says so in a sentence');
  is(await page.locator('.row-link').innerText(), 'Backup <b>of all</b>', 'a hostile name is text');
  const url = await page.evaluate(() => fetch('/api/v2/heartbeats').then((reply) => reply.json()).then(({ data }) => data[0].attributes.url));
  await fetch(url);
  ok(await until(async () => (await page.locator('.health h1').innerText()) === 'Everything is on time'), 'and follows the next ping by itself');
  await page.locator('.row-link').click();
  await page.waitForURL(/\/heartbeats\/\d+$/);
}

async function rest(page, base) {
  const before = await address(page);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'New address…' }).click();
  await page.getByRole('button', { name: 'Make a new address' }).click();
  ok(await until(async () => (await address(page)) !== before), 'it can have a new address');
  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Backup');
  const sent = page.waitForRequest((request) => request.method() === 'PATCH');
  await page.getByRole('button', { name: 'Save changes' }).click();
  is((await sent).postDataJSON(), { name: 'Backup' }, 'only what changed is sent');
  await page.waitForURL(/\/heartbeats\/\d+$/);
  await page.getByRole('button', { name: 'Pause' }).click();
  ok(await says(page, /^Paused/), 'it can be paused');
  for (const path of [new URL(page.url()).pathname, '/heartbeats', '/heartbeats/new']) {
    await page.setViewportSize(SIZES.phone);
    await page.goto(base + path);
    await page.locator('main h1').waitFor();
    is(await overflow(page), 0, `${path.replace(/\d+/, 'N')} is no wider than a phone`);
  }
  await page.setViewportSize(SIZES.wide);
  await page.goto(`${base}/heartbeats`);
  await page.getByRole('button', { name: 'Actions for Backup' }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await page.getByRole('button', { name: 'Delete heartbeat' }).click();
  ok(await until(() => page.getByText('No heartbeat yet').isVisible()), 'and deleted');
}

export async function heartbeats({ page, base }) {
  await page.goto(`${base}/monitors`);
  await form(page);
  await pings(page);
  ok(await verdict(page).isVisible() && await page.evaluate(() => globalThis.sameDocument === true), 'all without a reload');
  await failed(page);
  await missed(page);
  await rest(page, base);
  forgive(page, /404|422/);
}
