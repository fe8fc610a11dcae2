// Settings: theme, name, API tokens; what only administrators may do is not even shown to others.
import { until } from '../browser.mjs';
import { is, ok } from '../tap.mjs';

const theme = (page) => page.evaluate(() => [document.documentElement.dataset.theme ?? 'auto', getComputedStyle(document.body).color]);

async function themes(page) {
  const [, light] = await theme(page);
  await page.getByText('Dark', { exact: true }).click();
  ok(await until(async () => (await theme(page))[0] === 'dark' && (await theme(page))[1] !== light), 'the dark theme is on at once');
  await page.reload();
  await page.getByText('Dark', { exact: true }).waitFor();
  is((await theme(page))[0], 'dark', 'and kept');
  await page.getByText('Automatic', { exact: true }).click();
  ok(await until(async () => (await theme(page))[1] === light), 'automatic follows the system');
  await page.emulateMedia({ colorScheme: 'dark' });
  ok(await until(async () => (await theme(page))[1] !== light), 'as the system changes');
  await page.emulateMedia({ colorScheme: 'light' });
}

async function tokens(page) {
  await page.getByRole('button', { name: 'New token' }).click();
  await page.keyboard.type('walk');
  await page.keyboard.press('Enter');
  const secret = page.getByLabel('token', { exact: true });
  ok(await until(async () => /^bst_\S{20,}$/.test((await secret.innerText()).trim())), 'a new token is shown once');
  const token = (await secret.innerText()).trim();
  const status = await page.evaluate((bearer) => fetch('/api/v2/me', { headers: { Authorization: `Bearer ${bearer}` }, credentials: 'omit' }).then((r) => r.status), token);
  is(status, 200, 'and works');
  await page.keyboard.press('Escape');
  ok(await until(async () => await page.locator('dialog').count() === 0), 'Esc closes the dialog');
  ok(!(await page.content()).includes(token), 'the token is nowhere in the page any more');
  await page.getByRole('button', { name: 'Delete walk' }).click();
  await page.getByRole('button', { name: 'Delete token' }).click();
  ok(await until(() => page.getByText('No token yet.').isVisible()), 'deleted');
}

export async function settings({ page }) {
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.waitForURL('**/settings');
  await themes(page);
  await page.getByLabel('Name', { exact: true }).fill('Ada Lovelace');
  await page.getByRole('button', { name: 'Save name' }).click();
  ok(await until(() => page.getByRole('button', { name: 'Save name' }).isDisabled()), 'the name is saved');
  await tokens(page);
  ok(await until(async () => await page.locator('.region-item').count() === 2), 'both regions are listed');
  ok(await until(async () => await page.locator('.agent').count() >= 2), 'with the agents that report');
  ok(await until(async () => await page.locator('.agent .agent-lines').count() === 2), 'and what each says of itself');
  ok(await until(async () => /Network\s*reachable/.test(await page.locator('.agent').first().innerText())), 'in words');
  is(await page.getByRole('button', { name: 'New region' }).count(), 0, 'who is no administrator is offered no new region');
}
