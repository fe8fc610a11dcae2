// An incident from the first suspicion to its end, on open pages: list, filters, acknowledgement, page, comments, phone.
import { SIZES, overflow, until } from '../browser.mjs';
import { harness } from '../harness.mjs';
import { is, ok } from '../tap.mjs';
import { says } from './adding.mjs';

const row = (page) => page.locator('.incident-row');
const state = (page) => page.getByTestId('incident-state');
const reads = (page, pattern) => until(async () => pattern.test(await state(page).innerText()));
const named = (page, name) => page.getByRole('button', { name, exact: true });

/** Before anything has failed. */
export async function noIncidents({ page, base, id }) {
  await page.getByRole('link', { name: 'Incidents', exact: true }).click();
  await page.waitForURL(`${base}/incidents`);
  ok(await until(() => page.getByText('Nothing has been down since the first monitor was added').isVisible()), 'without incidents the page says since when');
  is(await page.locator('.nav-count').count(), 0, 'and no number stands in the head');
  await page.goto(`${base}/monitors/${id}`);
  ok(await until(() => page.getByText('There was none so far.').isVisible()), 'nor is there one on the page of the monitor');
}

/** Failures must last, and recoveries, so that a person can see both. */
async function periods({ page, base, id }) {
  await page.goto(`${base}/monitors/${id}/edit`);
  await page.getByText('Confirmation and dependencies').click();
  await page.getByLabel('An incident begins').selectOption('5');
  await page.getByLabel('It is over').selectOption('5');
  const parents = page.getByRole('combobox', { name: /^Depends on/ });
  await parents.fill('shop');
  ok(await until(() => page.getByText('No monitor has such a name.').isVisible()), 'a monitor is not offered as its own parent');
  await parents.press('Escape');
  await named(page, 'Save changes').click();
  await page.waitForURL(`${base}/monitors/${id}`);
  ok(await until(() => page.locator('.facts').getByText('after failing for 5 s').isVisible()), 'its page says what is not as usual');
}

async function begins({ page, base }) {
  await page.goto(`${base}/incidents`);
  /* Rows that are still to be filled have no words. */
  ok(await until(async () => (await row(page).allInnerTexts()).filter((words) => words.trim() !== '').length >= 2), 'what was is listed');
  const before = await row(page).count();
  await harness('site-down');
  ok(await until(() => row(page).first().getByText('Unconfirmed').isVisible()), 'a suspicion appears by itself');
  ok(await until(() => row(page).first().getByText('Open', { exact: true }).isVisible()), 'and is an incident when it has lasted');
  is(await row(page).count(), before + 1, 'one');
  ok(/Connection refused by 127\.0\.0\.1:\d+, seen from/.test(await row(page).first().locator('.incident-cause').innerText()), 'its headline is the cause');
  ok(await until(async () => await page.locator('.nav-count').innerText() === '1'), 'the head says how many are open');
  ok(/^\(1\) /.test(await page.title()), 'and so does the tab');
  is(await page.locator('h1').innerText(), '1 open incident', 'and the page');
  await row(page).first().getByRole('button', { name: /^Acknowledge/ }).click();
  ok(await until(() => row(page).first().getByText('Acknowledged', { exact: true }).isVisible()), 'acknowledged from the list');
  ok(await until(() => row(page).first().getByText(/^by Ada/).isVisible()), 'with whose name it is');
}

async function filters({ page, base }) {
  await named(page, 'Acknowledged').click();
  await page.waitForURL(`${base}/incidents?state=acknowledged`);
  ok(await until(async () => await row(page).count() === 1), 'only what is acknowledged');
  await named(page, 'Resolved').click();
  ok(await until(async () => await row(page).count() >= 1 && await row(page).getByText('Acknowledged', { exact: true }).count() === 0), 'only what is over');
  await page.getByLabel('Kind').selectOption('manual');
  await page.waitForURL(`${base}/incidents?state=resolved&kind=manual`);
  ok(await until(() => page.getByText('No incident matches').isVisible()), 'nothing of that kind');
  await page.goBack();
  ok(await until(async () => await row(page).count() >= 1), 'back is the filter before');
  await page.getByRole('combobox', { name: 'Monitor' }).fill('sh');
  await page.keyboard.press('Enter');
  await page.waitForURL(/state=resolved&monitor=\d+$/);
  ok(await until(() => page.locator('.chooser-chosen').getByText(/^Shop/).isVisible()), 'by monitor, chosen by name with the keyboard');
  await page.reload();
  ok(await until(async () => await page.locator('.chooser-chosen').count() === 1 && await row(page).count() >= 1), 'the address holds the filter');
  await page.goto(`${base}/incidents`);
}

async function comments({ page }) {
  await page.getByLabel('Add a comment').fill('<b>Looking</b> into it');
  await named(page, 'Comment').click();
  const mine = page.locator('.comment');
  ok(await until(() => mine.getByText('<b>Looking</b> into it').isVisible()), 'a comment is text, whatever is in it');
  ok(await until(async () => await page.getByLabel('Add a comment').inputValue() === ''), 'and the field is empty again');
  await mine.getByRole('button', { name: 'Actions for this comment' }).click();
  await page.getByRole('menuitem', { name: 'Edit' }).click();
  await page.getByLabel('Comment', { exact: true }).fill('Found it');
  await named(page, 'Save').click();
  ok(await until(() => mine.getByText('Found it').isVisible()), 'it can be changed');
}

async function onItsPage(walk) {
  const { page } = walk;
  await row(page).first().locator('.incident-cause').click();
  await page.waitForURL(/\/incidents\/\d+$/);
  ok(await reads(page, /^Acknowledged for/), 'its page');
  ok(await until(async () => await page.locator('.detection li').count() >= 3), 'how it was found out, step by step');
  ok(/^Confirmed [\d.]+ m?s after the check was due$/.test(await page.locator('section[aria-label=Detection] .panel-head span').innerText()), 'and how long it took');
  is(await page.locator('.witness').count(), 2, 'what each region saw');
  ok(await page.locator('.witness').first().getByText('connect_refused').isVisible(), 'with the reason');
  ok(await until(() => page.locator('.part-row .mark.state-down').isVisible()), 'its monitor, as it is now');
  await comments(walk);
  await harness('site-up');
  ok(await reads(page, /^Recovering for/), 'the open page sees it recover');
  ok(await until(() => page.locator('.part-row .mark.state-recovering').isVisible()), 'the monitor, too');
  ok(await reads(page, /^Resolved after/), 'and end');
  const told = await page.locator('.moment').evaluateAll((all) => all.map((one) => /moment-(\S+)/.exec(one.className)[1]));
  is(told, ['opened', 'confirmed', 'acknowledged', 'comment', 'recovering', 'resolved'], 'everything that happened, in order');
  ok(await until(async () => await page.locator('.nav-count').count() === 0), 'none is open any more');
}

async function byHand(walk) {
  const { page, base } = walk;
  await named(page, 'Reopen').click();
  ok(await reads(page, /^Open for/), 'reopened');
  await named(page, 'Resolve').click();
  ok(await reads(page, /^Resolved after/), 'resolved by hand');
  ok(await until(() => page.locator('.facts').getByText(/by Ada/).last().isVisible()), 'with whose name it is');
  const place = page.url();

  await page.goto(`${base}/incidents`);
  await named(page, 'New incident').click();
  await named(page, 'Open incident').click();
  ok(await until(() => page.getByText('Say in a few words what is wrong').isVisible()), 'one made by hand needs words');
  await page.getByLabel('What is wrong').fill('The <i>till</i> is on fire');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/incidents\/\d+$/);
  ok(await reads(page, /^Open for/), 'it is open at once');
  is(await page.locator('section[aria-label=Detection]').count(), 0, 'what nobody measured is not shown');
  await named(page, 'Delete…').click();
  await named(page, 'Delete incident').click();
  await page.waitForURL(`${base}/incidents`);
  ok(await until(async () => await row(page).getByText('till').count() === 0), 'deleted');
  return place;
}

async function onPhone({ page, base }, place) {
  await page.setViewportSize(SIZES.phone);
  for (const [path, landmark] of [[`${base}/incidents`, '.incident-row'], [place, '.moment']]) {
    await page.goto(path);
    ok(await until(() => page.locator(landmark).first().isVisible()), 'shows on a phone');
    is(await overflow(page), 0, 'and is no wider than it');
  }
  await page.setViewportSize(SIZES.wide);
}

export async function incidents(walk) {
  const { page, base, id } = walk;
  await periods(walk);
  await begins(walk);
  await filters(walk);
  await onItsPage(walk);
  const place = await byHand(walk);
  await onPhone(walk, place);
  await page.evaluate((one) => fetch(`/api/v2/monitors/${one}`, {
    method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ confirmation_period: 0, recovery_period: 0 }),
  }), id);
  await page.goto(`${base}/monitors/${id}`);
  ok(await until(async () => await page.locator('section[aria-label=Incidents] .incident-row').count() >= 3), 'the page of the monitor lists them');
  ok(await says(page, /^Up for/), 'which is up');
}
