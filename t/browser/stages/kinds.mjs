// Kinds in the form: each shows its own fields, in its own units, and what was typed is what is watched.
import { until } from '../browser.mjs';
import { is, ok } from '../tap.mjs';
import { forgive } from './accounts.mjs';
import { says } from './adding.mjs';

const tile = (page, name) => page.locator('.tile', { hasText: new RegExp(`^${name}$`) });
const unfold = async (page, name) => {
  const fold = page.locator('.advanced', { has: page.getByText(name, { exact: true }) });
  if (!await fold.evaluate((node) => node.open)) await fold.locator('summary').click();
  return fold;
};
const folds = (page) => page.locator('.advanced > summary').evaluateAll((all) => all.map((one) => one.querySelector('span').textContent));
const timeouts = (page) => page.getByLabel('Timeout').locator('option').allInnerTexts();

async function fields(page) {
  await tile(page, 'Ping').click();
  is(await folds(page), ['Alerting', 'Confirmation and dependencies', 'Timing and network', 'Daily maintenance'], 'a ping has none of the parts of HTTP');
  ok(await page.getByLabel('Packets').isVisible() && !await page.getByText('Counts as up when').isVisible(), 'but its own fields');
  await unfold(page, 'Timing and network');
  is((await timeouts(page))[0], '500 ms', 'its timeouts are short');
  is(await page.getByLabel('Timeout').inputValue(), '5000', 'and counted in milliseconds');
  await tile(page, 'TLS certificate').click();
  is((await timeouts(page))[0], '2 s', 'those of a certificate in seconds');
  is(await page.getByLabel('Timeout').inputValue(), '15', 'with the usual one chosen');
  await tile(page, 'Website or API').click();
  is(await folds(page), ['Alerting', 'Assertions', 'Request options', 'Sign-in', 'TLS', 'Expiry', 'Confirmation and dependencies', 'Timing and network', 'Daily maintenance'], 'a website has them all');
}

async function checkedAsTyped(page) {
  await tile(page, 'TCP port').click();
  const host = page.getByLabel('Host', { exact: true });
  await host.fill('tcp://example.com');
  await host.blur();
  ok(await until(() => page.getByText('Only the host, without tcp://').isVisible()), 'an address of another kind is told');
  await host.fill('example.com');
  ok(await until(async () => !await page.getByText('Only the host').isVisible()), 'and no longer once it is right');
  await page.getByRole('button', { name: 'Add monitor' }).click();
  ok(await until(() => page.getByText('Enter the port').isVisible()), 'what is missing is asked for');
}

async function assertion(page) {
  await tile(page, 'Website or API').click();
  const fold = await unfold(page, 'Assertions');
  await fold.getByRole('button', { name: 'Add assertion' }).click();
  await page.getByLabel('Assertion 1 looks at').selectOption('body');
  is(await page.getByLabel('Assertion 1 operator').locator('option').count(), 4, 'a source has its own operators');
  await page.getByLabel('Assertion 1 looks at').selectOption('header');
  await page.getByLabel('Assertion 1 operator').selectOption('exists');
  is(await page.getByLabel('Assertion 1 value').count(), 0, 'and an operator its own fields');
  await page.getByLabel('Assertion 1 Header name').fill('Content-Length');
}

export async function kinds({ page, base, site }) {
  await page.goto(`${base}/monitors/new`);
  await tile(page, 'Ping').waitFor();
  await fields(page);
  await checkedAsTyped(page);
  await assertion(page);
  await page.getByLabel('Address', { exact: true }).fill(site);
  await page.getByLabel('Check frequency').selectOption('1');
  const sent = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/monitors'));
  await page.getByRole('button', { name: 'Add monitor' }).click();
  const body = (await sent).postDataJSON();
  const [{ source, property, operator }] = body.assertions;
  is([source, property, operator], ['header', 'Content-Length', 'exists'], 'the assertion is sent');
  ok(!('ping_packets' in body) && !('port' in body), 'and nothing of other kinds', JSON.stringify(body));
  await page.waitForURL(/\/monitors\/\d+$/);
  ok(await says(page, /^Up for/), 'it is met');

  const { host } = new URL(site);
  await page.goto(`${base}/monitors/new`);
  await tile(page, 'TCP port').click();
  await page.getByLabel('Host', { exact: true }).fill(host.split(':')[0]);
  await page.getByLabel('Port', { exact: true }).fill(host.split(':')[1]);
  await page.getByLabel('Check frequency').selectOption('1');
  await page.getByRole('button', { name: 'Add monitor' }).click();
  await page.waitForURL(/\/monitors\/\d+$/);
  ok(await says(page, /^Up for/), 'a port that is open is up');
  ok(await until(() => page.locator('.facts').getByText('a connection', { exact: true }).isVisible()), 'and says what it expects');
  ok(await until(async () => await page.locator('[aria-label="Response times"] .uplot canvas').count() >= 1), 'its times are drawn');
  forgive(page, /422/);
  for (let left = 2; left > 0; left -= 1) await removeLast(page, base);
}

async function removeLast(page, base) {
  const { data } = await page.evaluate(() => fetch('/api/v2/monitors').then((reply) => reply.json()));
  const { id } = data.at(-1);
  await page.goto(`${base}/monitors/${id}`);
  await page.getByRole('button', { name: 'Delete…' }).click();
  await page.getByRole('button', { name: 'Delete monitor' }).click();
  await page.waitForURL(`${base}/monitors`);
}
