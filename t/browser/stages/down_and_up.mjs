// The point of it all: the site stops, the open page says so in words; it returns, the page says so.
import { until } from '../browser.mjs';
import { harness } from '../harness.mjs';
import { ok } from '../tap.mjs';
import { says } from './adding.mjs';

export async function downAndUp({ page }) {
  await page.evaluate(() => { globalThis.sameDocument = true; });

  await harness('site-down');
  ok(await says(page, /^Down for/), 'the page says down');
  ok(await until(() => page.locator('.verdict').getByText(/refused/i).isVisible()), 'and why, in words');
  ok(await until(async () => /^(\(1\) )?Down: /.test(await page.title())), 'the tab says it too');
  ok(await until(async () => await page.locator('.region-down').count() === 2), 'both regions agree');
  const words = await page.locator('[role=status].hidden-text').first().innerText();
  ok(/is down: .*refused/i.test(words), 'a screen reader is told', words);

  await harness('site-up');
  ok(await says(page, /^Up for/), 'the page says up again');

  await harness('site-says', '503');
  ok(await says(page, /^Down for/), 'an error status is down');
  ok(await until(() => page.locator('.verdict').getByText(/503/).isVisible()), 'with the status in the reason');
  const answered = page.locator('.result-down', { hasText: '503' }); // not one of those before
  await answered.first().locator('.result-more button').click();
  ok(await until(() => page.locator('.evidence').getByText('<img src=x onerror=alert(1)>').isVisible()), 'the evidence shows the hostile body as text');
  await harness('site-says', '200');
  ok(await says(page, /^Up for/), 'and up again');
  ok(await page.evaluate(() => globalThis.sameDocument === true), 'all without a reload');

  for (const range of ['6 h', '24 h', '1 h']) {
    await page.getByRole('button', { name: range, exact: true }).click();
    ok(await until(async () => await page.locator('[aria-label="Response times"] .uplot canvas').count() === 2), `the range of ${range} is drawn`);
  }
}
