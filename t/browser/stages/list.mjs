// The list: the sentence, search by "/", filters, the row's menu by keyboard, pause and resume.
import { until } from '../browser.mjs';
import { harness } from '../harness.mjs';
import { is, ok } from '../tap.mjs';

const row = (page) => page.locator('.row');
const headline = (page) => page.locator('.health h1').innerText();

export async function list({ page, base }) {
  await page.getByRole('link', { name: 'Monitors', exact: true }).first().click();
  await page.waitForURL(`${base}/monitors`);
  ok(await until(async () => (await headline(page)) === 'Everything is up'), 'one sentence says how things stand');

  await harness('site-down');
  ok(await until(async () => (await headline(page)) === '1 of 1 down'), 'it changes by itself');
  ok(await until(() => row(page).getByText(/refused/i).isVisible()), 'the row has the reason');
  await harness('site-up');
  ok(await until(async () => (await headline(page)) === 'Everything is up'), 'and back');

  await page.keyboard.press('/');
  ok(await page.getByRole('searchbox').evaluate((node) => node === document.activeElement), '"/" reaches the search');
  await page.keyboard.type('nowhere');
  ok(await until(() => page.getByText('No monitor matches').isVisible()), 'a search without a match says so');
  await page.keyboard.press('Escape');
  ok(await until(async () => await row(page).count() === 1), 'Esc empties it');

  const menu = row(page).getByRole('button', { name: /^Actions for/ });
  await menu.focus();
  await page.keyboard.press('Enter');
  ok(await until(() => page.getByRole('menuitem', { name: 'Pause' }).evaluate((node) => node === document.activeElement)), 'the menu opens on its first line');
  await page.keyboard.press('Escape');
  ok(await until(() => menu.evaluate((node) => node === document.activeElement)), 'Esc closes it and the focus returns');
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Pause' }).press('Enter');
  ok(await until(() => row(page).getByText('Paused').first().isVisible()), 'paused');
  is(await headline(page), 'The only monitor is paused', 'the sentence knows');
  await menu.click();
  await page.getByRole('menuitem', { name: 'Resume' }).click();
  ok(await until(async () => (await headline(page)) === 'Everything is up'), 'resumed, and soon up again');
}
