// Who is told: an urgency, a policy that reads as sentences, an on-call calendar, both in use by a monitor and an incident.
import { SIZES, overflow, until } from '../browser.mjs';
import { is, ok } from '../tap.mjs';
import { forgive } from './accounts.mjs';

const button = (scope, name) => scope.getByRole('button', { name, exact: true });
const step = (page, number) => page.getByRole('listitem', { name: new RegExp(`^Step ${number}:`) });
const shows = (locator) => until(() => locator.isVisible());

/** By the API, as somebody else would. */
const call = (page, method, path, body) => page.evaluate(async ([how, where, what]) => {
  const reply = await fetch(`/api/v2${where}`, { method: how, headers: { 'Content-Type': 'application/json' }, ...(what && { body: JSON.stringify(what) }) });
  return reply.status === 204 ? null : reply.json();
}, [method, path, body]);

async function policy(page) {
  await page.getByRole('link', { name: 'Escalation', exact: true }).click();
  await page.waitForURL('**/policies');
  ok(await shows(page.getByText('Say who is told, and who is next')), 'the empty list says what a policy is for');
  await page.getByRole('link', { name: 'Add policy' }).click();
  await button(page, 'Add policy').click();
  ok(await shows(page.getByText('Give it a name, like')), 'it needs a name');
  await page.getByLabel('Name', { exact: true }).fill('Office <b>hours</b>');
  await step(page, 1).getByLabel('By which ways').selectOption('New urgency…');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('High');
  for (const way of ['E-mail', 'Push message']) await dialog.getByText(way, { exact: true }).click();
  ok(await shows(dialog.getByText('Choose at least one way')), 'an urgency without ways is none');
  await dialog.getByText('E-mail', { exact: true }).click();
  await button(dialog, 'Add urgency').click();
  ok(await until(async () => await step(page, 1).getByLabel('By which ways').locator('option:checked').innerText() === 'High'), 'an urgency made on the way is chosen');
  await step(page, 2).getByLabel('How long', { exact: true }).fill('soon');
  await step(page, 2).getByLabel('How long', { exact: true }).blur();
  ok(await shows(step(page, 2).getByText('A whole number')), 'what is typed is checked at its step');
  await step(page, 2).getByLabel('How long', { exact: true }).fill('5');
}

async function order(page) {
  await button(page, 'Add step').click();
  await page.getByRole('menuitem', { name: 'Go by the time' }).click();
  await button(page, 'Add policy').click();
  ok(await shows(step(page, 3).getByText('Choose the policy to go on with')), 'a branch leads somewhere');
  await step(page, 3).getByLabel('Policy to go on with').selectOption({ label: 'the policy that metadata names' });
  await step(page, 3).getByLabel('Key of the metadata that names the policy').fill('night');
  await button(page, 'Move step 3 up').click();
  ok(await until(async () => /Go by the time/.test(await step(page, 2).getAttribute('aria-label'))), 'a button moves a step');
  await step(page, 2).getByLabel('From', { exact: true }).focus();
  await page.keyboard.press('Alt+ArrowUp');
  ok(await until(async () => /Go by the time/.test(await step(page, 1).getAttribute('aria-label'))), 'and so do Alt and an arrow');
  ok(await until(() => step(page, 1).evaluate((node) => node.contains(document.activeElement))), 'with the focus');
  await button(page, 'Add step').click();
  await page.getByRole('menuitem', { name: 'Show instructions' }).click();
  await button(page, 'Remove step 4').click();
  is(await page.locator('.step-list .step').count(), 3, 'a step is removed');
  await page.getByLabel('Repeat', { exact: true }).selectOption({ label: 'repeat all of it 2 times' });
  await button(page, 'Add policy').click();
  await page.waitForURL('**/policies');
  const card = page.locator('.policy', { hasText: 'Office <b>hours</b>' });
  ok(await shows(card.getByText(/^Then|^When an incident starts, if it is between 09:00 and 17:00 .* on Monday to Friday, go on with the policy that “night” of the incident names\.$/)), 'the list reads: by the time');
  ok(await shows(card.getByText('At the same time, notify whoever is on call by e-mail.')), 'whoever is on call, by that urgency');
  ok(await shows(card.getByText('If nobody acknowledges within 5 minutes, notify the entire team.')), 'then everybody');
  ok(await shows(card.getByText('If nobody has acknowledged then, repeat all of it 2 times, each after 5 minutes.')), 'and again');
}

async function refused(page) {
  await page.getByRole('link', { name: 'Office <b>hours</b>' }).click();
  await step(page, 2).waitFor();
  const { data: [urgency] } = await call(page, 'GET', '/urgencies');
  await call(page, 'DELETE', `/urgencies/${urgency.id}`);
  await page.getByLabel('Repeat', { exact: true }).selectOption({ label: 'do not repeat it' });
  await step(page, 3).getByLabel('How long', { exact: true }).fill('4');
  await button(page, 'Save changes').click();
  ok(await shows(step(page, 2).getByText(/^Does not know the urgency/)), 'what the hub refuses is told at its step');
  await step(page, 2).getByLabel('By which ways').selectOption({ label: 'the usual ways' });
  ok(await until(async () => await step(page, 2).locator('.field-error').count() === 0), 'until that is changed');
  await button(page, 'Save changes').click();
  await page.waitForURL('**/policies');
  ok(await shows(page.getByText('If nobody acknowledges within 4 minutes, notify the entire team.')), 'and is saved');
}

async function onCall(page) {
  await page.getByRole('link', { name: 'On-call', exact: true }).click();
  ok(await shows(page.getByRole('heading', { name: 'Nobody is on call' })), 'nobody is on call at first');
  await button(page, 'Plan a rotation').click();
  const dialog = page.getByRole('dialog');
  await button(dialog, 'Start rotation').click();
  ok(await shows(dialog.getByText('Choose who takes turns')), 'a rotation needs people');
  await dialog.getByRole('combobox', { name: 'Who takes turns' }).fill('ada');
  await page.keyboard.press('Enter');
  await button(dialog, 'Start rotation').click();
  ok(await shows(page.getByRole('heading', { name: /^Ada.* is on call$/ })), 'with one, somebody is');
  ok(await shows(page.getByRole('region', { name: 'Rotation' }).getByText(/is on call all the time\.$/)), 'in words');
  ok(await until(async () => await page.locator('.week .bar').count() >= 1), 'and in the calendar');
  await button(page, 'Month').click();
  await page.locator('.month-today').focus();
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Enter');
  ok(await shows(dialog.getByText('Add cover', { exact: true }).first()), 'days are chosen by the keyboard');
  const days = await dialog.evaluate((node) => ['starts', 'ends'].map((name) => Date.parse(`${node.querySelector(`[name=${name}]`).value}Z`)));
  is((days[1] - days[0]) / 86_400_000, 8, 'a week and a day of them');
  await dialog.getByRole('combobox', { name: 'Who is on call' }).fill('ada');
  await page.keyboard.press('Enter');
  await button(dialog, 'Add cover').click();
  ok(await shows(page.getByRole('region', { name: 'Cover' }).getByText('instead')), 'the cover is listed');
  ok(await until(async () => await page.locator('.month .bar-override').count() >= 1), 'and drawn');
}

/** From six to noon on the first day of a week. */
async function drag(page) {
  await button(page, 'Week').click();
  const track = page.locator('.week-track').first();
  await track.waitFor();
  const box = await track.boundingBox();
  const at = (share) => [box.x + box.width * share, box.y + box.height - 3];
  await page.mouse.move(...at(0.25));
  await page.mouse.down();
  await page.mouse.move(...at(0.4));
  await page.mouse.move(...at(0.5));
  await page.mouse.up();
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  const times = await dialog.evaluate((node) => ['starts', 'ends'].map((name) => node.querySelector(`[name=${name}]`).value.slice(11)));
  is(times, ['06:00', '12:00'], 'hours are chosen by the mouse');
  await button(dialog, 'Cancel').click();
  await button(page, 'Add cover').first().focus();
  await page.keyboard.press('Enter');
  await dialog.waitFor();
  is(await dialog.getByRole('option').count(), 0, 'a dialog that has just opened shows all of itself');
  await page.keyboard.press('Escape');
  ok(await until(() => button(page, 'Add cover').first().evaluate((node) => node === document.activeElement)), 'closed, the keyboard is where it was');
}

async function feed(page) {
  const address = page.getByLabel('Feed address', { exact: true });
  const before = await address.innerText();
  const reads = (url) => page.evaluate(async (place) => { const reply = await fetch(place); return [reply.status, (await reply.text()).slice(0, 15)]; }, url);
  is(await reads(before), [200, 'BEGIN:VCALENDAR'], 'the feed is a calendar');
  await button(page, 'Renew…').click();
  await button(page.getByRole('dialog'), 'Renew address').click();
  ok(await until(async () => await address.innerText() !== before), 'its address can be renewed');
  is((await reads(before))[0], 404, 'and the former one is gone');
}

async function monitor(page, base, id) {
  await page.goto(`${base}/monitors/${id}/edit`);
  await page.locator('.advanced > summary', { hasText: 'Alerting' }).click();
  await page.getByText('Push message', { exact: true }).click();
  await page.getByText('E-mail', { exact: true }).click();
  ok(await shows(page.getByText('Choose at least one way')), 'without a policy there are ways');
  await page.getByLabel('Escalation policy').selectOption({ label: 'Office <b>hours</b>' });
  await button(page, 'Save changes').click();
  await page.waitForURL(`${base}/monitors/${id}`);
  await page.goto(`${base}/monitors/${id}/edit`);
  ok(await until(async () => await page.getByLabel('Escalation policy').locator('option:checked').innerText() === 'Office <b>hours</b>'), 'a monitor has a policy');
  const { data } = await call(page, 'GET', '/policies');
  await call(page, 'PATCH', `/monitors/${id}`, { policy_id: null, email: true, push: true });
  return data[0].id;
}

/** Told at a place that answers, so that each step reaches somebody. */
async function incident(page, base, policyId, site) {
  const { data: contact } = await call(page, 'POST', '/me/contacts', { name: 'Pocket', kind: 'ntfy', settings: { url: new URL(site).origin, topic: 'ada' } });
  const { data } = await call(page, 'POST', '/incidents', { summary: 'Checkout is slow' });
  const { data: guide } = await call(page, 'POST', '/policies', { name: 'Guide', steps: [
    { type: 'instructions', wait_before: 0, instructions_comment: 'Restart it: https://wiki.example.com/x.' }, { type: 'escalation', wait_before: 3600, step_members: [{ type: 'entire_team' }] }] });
  await call(page, 'POST', `/incidents/${data.id}/escalate`, { escalation_type: 'Policy', policy_id: Number(guide.id) });
  await page.goto(`${base}/incidents/${data.id}`);
  ok(await shows(page.getByTestId('instructions').getByText('Restart it: https://wiki.example.com/x.')), 'what to do stands where one looks first');
  is(await page.getByTestId('instructions').getByRole('link').getAttribute('href'), 'https://wiki.example.com/x', 'with its addresses as links');
  await call(page, 'DELETE', `/policies/${guide.id}`);
  await call(page, 'POST', `/incidents/${data.id}/escalate`, { escalation_type: 'Policy', policy_id: policyId });
  await page.goto(`${base}/incidents/${data.id}`);
  const next = page.getByTestId('escalation-next');
  ok(await until(async () => /^Next: the whole team in (4 min|3 min \d+ s)$/.test(await next.innerText())), 'an incident says who is next, and when');
  const before = await next.innerText();
  ok(await until(async () => await next.innerText() !== before), 'and counts down');
  await button(page, 'Escalate…').click();
  const dialog = page.getByRole('dialog');
  await button(dialog, 'Escalate now').click();
  ok(await shows(dialog.getByText('Choose the person')), 'escalating by hand asks for whom');
  await dialog.getByLabel('Person').selectOption({ index: 1 });
  await button(dialog, 'Escalate now').click();
  ok(await until(async () => await dialog.count() === 0), 'and tells them');
  ok(await shows(page.locator('.timeline').getByText(/Escalated/i).first()), 'which the timeline knows');
  await button(page, 'Acknowledge').click();
  ok(await until(async () => /^Stopped: Ada/.test(await next.innerText())), 'acknowledged, it stops');
  await call(page, 'POST', `/incidents/${data.id}/resolve`);
  await call(page, 'DELETE', `/incidents/${data.id}`);
  await call(page, 'DELETE', `/me/contacts/${contact.id}`);
}

export async function escalation({ page, base, id, site }) {
  await page.goto(`${base}/monitors`);
  await policy(page);
  await order(page);
  await refused(page);
  await onCall(page);
  await drag(page);
  await feed(page);
  const policyId = await monitor(page, base, id);
  await incident(page, base, policyId, site);
  await page.setViewportSize(SIZES.phone);
  for (const path of ['/policies', `/policies/${policyId}`, '/policies/new', '/on-call', '/on-call?view=month']) {
    await page.goto(base + path);
    await page.locator('main h1').waitFor();
    is(await overflow(page), 0, `${path.replace(policyId, 'N')} is no wider than a phone`);
  }
  await page.setViewportSize(SIZES.wide);
  forgive(page, /404|422/);
}
