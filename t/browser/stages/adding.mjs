// Add a site by keyboard alone, and see its first verdict.
import { until } from '../browser.mjs';
import { is, ok } from '../tap.mjs';
import { forgive } from './accounts.mjs';

export const verdict = (page) => page.getByTestId('verdict');
export const says = (page, pattern) => until(async () => pattern.test(await verdict(page).innerText()));

/** Tabs until the wanted thing has the focus: what a person without a mouse does. */
async function tabTo(page, locator, most = 30) {
  for (let i = 0; i < most; i += 1) {
    if (await locator.evaluate((node) => node === document.activeElement).catch(() => false)) return true;
    await page.keyboard.press('Tab');
  }
  return false;
}

export async function adding(walk) {
  const { page, site } = walk;
  ok(await tabTo(page, page.getByRole('link', { name: 'Add monitor' })), 'the keyboard reaches "Add monitor"');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/monitors/new');
  const address = page.getByLabel('Address', { exact: true });
  ok(await until(() => address.evaluate((node) => node === document.activeElement)), 'the address has the focus');

  await page.keyboard.type('ftp://example.com');
  await page.keyboard.press('Tab');
  ok(await until(() => page.getByText('Start with http:// or https://').isVisible()), 'a wrong address is told as it is left');
  await address.fill(site);
  await page.getByRole('textbox', { name: /^Name/ }).fill('Shop <script>alert(1)</script>');

  await page.getByText('The page contains a text').click();
  ok(await page.getByLabel('Text that must be there').isVisible(), 'a kind shows the field it needs');
  is(await page.getByLabel('Status codes').count(), 0, 'and no other');
  await page.getByText('It answers with a 2xx status').click();
  await page.getByLabel('Check frequency').selectOption('1');

  const send = page.getByRole('button', { name: 'Add monitor' });
  ok(await tabTo(page, send), 'the keyboard reaches the button');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/monitors\/\d+$/);
  walk.id = /(\d+)$/.exec(page.url())[1];
  ok(await says(page, /^Up for \d+ s/), 'the first results say up');
  ok(await until(async () => await page.locator('.region .mark.state-up').count() === 2), 'both regions see it up');
  ok(await until(async () => await page.locator('[aria-label="Response times"] .uplot canvas').count() === 2), 'both charts are drawn');
  ok(await until(async () => await page.locator('.result').count() > 3), 'recent results appear as they come');
  is(await page.locator('h1').innerText().then((text) => text.startsWith('Shop <script>')), true, 'a hostile name is text');
  forgive(page, /422/);
}
