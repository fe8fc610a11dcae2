// Sign up: what is wrong is said beside the field, by the page and by the hub.
import { until } from '../browser.mjs';
import { is, ok } from '../tap.mjs';

export const PERSON = { email: 'ada@example.com', password: 'correct horse battery' };

/** A 401 is how the page learns that nobody is signed in; Chromium writes each to the console. */
export function forgive(page, pattern) {
  page.problems = page.problems.filter((problem) => !pattern.test(problem));
}

const errorOf = (page, name) => page.locator(`.field:has([name=${name}]) .field-error`);

export async function accounts({ page, base }) {
  await page.goto(`${base}/`);
  await page.waitForURL('**/sign-in');
  ok(true, 'a stranger is led to sign-in');
  await page.getByRole('link', { name: 'Create an account' }).click();
  await page.waitForURL('**/sign-up');

  await page.getByLabel('E-mail').fill('nonsense');
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.keyboard.press('Enter');
  ok(await until(() => errorOf(page, 'email').isVisible()), 'a wrong address is told beside its field');
  ok(/at least 10/.test(await errorOf(page, 'password').innerText()), 'a short password is told beside its field');
  is(await page.getByLabel('E-mail').getAttribute('aria-invalid'), 'true', 'and to screen readers');

  await page.getByLabel('E-mail').fill('admin@localhost');
  await page.getByLabel('Password', { exact: true }).fill(PERSON.password);
  await page.keyboard.press('Enter');
  ok(await until(async () => /taken|exists|already/i.test(await errorOf(page, 'email').innerText())), 'the hub refuses a taken address, beside its field');

  await page.getByLabel('E-mail').fill(PERSON.email);
  await page.getByRole('textbox', { name: /^Name/ }).fill('Ada <i>L</i>');
  await page.getByRole('button', { name: 'Show password' }).click();
  is(await page.locator('[name=password]').getAttribute('type'), 'text', 'the password can be seen');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.waitForURL('**/monitors');
  ok(await until(() => page.getByText('Add the first site to watch').isVisible()), 'the empty list leads to the first monitor');
  ok(await until(() => page.locator('.link-state[data-state=live]').isVisible()), 'the page is live');
  forgive(page, /40[19]|422/);
}
