// Delete with a question first, sign out, and the administrator's part: a region, and the agent's command.
import { until } from '../browser.mjs';
import { is, ok } from '../tap.mjs';
import { forgive } from './accounts.mjs';
import { alerting } from './channels.mjs';

async function deleting({ page, base, id }) {
  await page.goto(`${base}/monitors/${id}`);
  const button = page.getByRole('button', { name: 'Delete…' });
  await button.click();
  ok(await until(() => page.getByRole('dialog').isVisible()), 'deleting asks first');
  ok(await page.getByRole('button', { name: 'Cancel' }).evaluate((node) => node === document.activeElement), 'with the harmless answer in focus');
  await page.keyboard.press('Escape');
  ok(await until(async () => await page.getByRole('dialog').count() === 0), 'Esc is no');
  await button.click();
  await page.getByRole('button', { name: 'Delete monitor' }).click();
  await page.waitForURL(`${base}/monitors`);
  ok(await until(() => page.getByText('Nothing is watched yet').isVisible()), 'the list is empty again');
  await page.goto(`${base}/monitors/${id}`);
  ok(await until(() => page.getByText('That does not exist, or not any more.').isVisible()), 'its page says that it is gone');
}

async function signOut({ page, base }) {
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.waitForURL('**/sign-in');
  await page.goto(`${base}/settings`);
  await page.waitForURL('**/sign-in?next=%2Fsettings');
  ok(true, 'signed out; a page leads to sign-in');
}

async function administrator({ page, adminPassword }) {
  await page.getByLabel('E-mail').fill('admin@localhost');
  await page.getByLabel('Password', { exact: true }).fill('not the password');
  await page.keyboard.press('Enter');
  ok(await until(() => page.getByText('E-mail or password is wrong').isVisible()), 'a wrong password is told');
  await page.getByLabel('Password', { exact: true }).fill(adminPassword);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/settings');
  ok(true, 'after sign-in the page asked for comes');
  await page.getByRole('button', { name: 'New region' }).click();
  await page.getByLabel('Short name').fill('eu-west');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'New token' }).click();
  await page.getByLabel('Name', { exact: true }).last().fill('frankfurt-1');
  await page.keyboard.press('Enter');
  const command = page.getByLabel('agent command', { exact: true });
  ok(await until(async () => /BETTERSTACK_TOKEN=bsr_\S{20,}[\s\S]*betterstack-agent run/.test(await command.innerText())), 'a token comes inside the command that uses it');
  await page.getByRole('button', { name: 'Done' }).click();
  ok(await until(async () => await page.locator('.region-item').count() === 3), 'the region is listed');
  is(await page.getByText('No agent has reported yet.').count(), 1, 'and nobody reports from it yet');
}

export async function leaving(walk) {
  await deleting(walk);
  await signOut(walk);
  await administrator(walk);
  await alerting(walk);
  forgive(walk.page, /40[14]/);
}
