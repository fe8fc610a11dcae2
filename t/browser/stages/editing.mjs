// Change a monitor: only what was changed is sent; the hub's word on a field stands beside it.
import { until } from '../browser.mjs';
import { ok } from '../tap.mjs';
import { forgive } from './accounts.mjs';
import { says } from './adding.mjs';

export async function editing({ page, base, id }) {
  await page.goto(`${base}/monitors/${id}`);
  await page.getByRole('link', { name: 'Edit' }).click();
  await page.waitForURL('**/edit');
  await page.getByRole('textbox', { name: /^Name/ }).fill('Shop, renamed');
  await page.getByText('The page contains a text').click();
  await page.getByLabel('Text that must be there').fill('not in the page');
  await page.getByText('Request options').click();
  await page.getByRole('button', { name: 'Add header' }).click();
  await page.getByLabel('Header 1 name').fill('Bad Header');
  await page.getByLabel('Header 1 value').fill('x');
  const sent = page.waitForRequest((request) => request.method() === 'PATCH');
  await page.getByRole('button', { name: 'Save changes' }).click();
  const body = (await sent).postDataJSON();
  ok(!('url' in body) && 'required_keyword' in body, 'only what changed is sent', JSON.stringify(body));
  ok(await until(() => page.locator('fieldset:has(.header-row) .field-error').isVisible()), 'the hub refuses a header, beside the headers');
  await page.getByLabel('Header 1 name').fill('X-Probe');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.waitForURL(`${base}/monitors/${id}`);
  ok(await until(async () => (await page.locator('h1').innerText()).startsWith('Shop, renamed')), 'saved');
  ok(await says(page, /^Down for/), 'the new expectation is not met');
  ok(await until(() => page.locator('.verdict').getByText(/not in the page/).first().isVisible()), 'and the reason names the text');

  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByText('The page lacks a text').click();
  await page.getByRole('button', { name: 'Save changes' }).click();
  ok(await says(page, /^Up for/), 'the opposite expectation is met');
  forgive(page, /422/);
}
