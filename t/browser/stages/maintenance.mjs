// A maintenance window: planned in plain words, shown on what it covers while it is open, and ended by hand.
import { SIZES, overflow, until } from '../browser.mjs';
import { is, ok } from '../tap.mjs';
import { forgive } from './accounts.mjs';
import { says } from './adding.mjs';

/** The wall clock of the page so many minutes from now, as a field for date and time wants it. */
const clock = (page, minutes) => page.evaluate((more) => {
  const at = new Date(Date.now() + more * 60_000);
  return new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}, minutes);

const button = (page, name) => page.getByRole('button', { name, exact: true });

async function plan(page) {
  await page.getByRole('link', { name: 'Maintenance', exact: true }).click();
  await page.waitForURL('**/maintenance');
  ok(await until(() => page.getByText('Plan work without alarms').isVisible()), 'the empty list says what a window is for');
  await page.getByRole('link', { name: 'Add window' }).click();
  await button(page, 'Add window').click();
  ok(await until(() => page.getByText('Give it a name').isVisible()), 'it needs a name');
  ok(await page.getByText('Choose what it is for').isVisible(), 'and something to cover');
  await page.getByLabel('Name', { exact: true }).fill('Upgrade <b>now</b>');
  await page.getByLabel('Starts').fill(await clock(page, -1));
  ok(await until(() => page.getByText('open at once').isVisible()), 'the form says that it opens at once');
  await page.getByRole('combobox', { name: 'Monitors and heartbeats' }).fill('shop');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  is(await page.locator('.chooser-chosen').count(), 1, 'a monitor is chosen by name');
}

async function repeats(page) {
  await button(page, 'Repeats').click();
  await button(page, 'Monthly').click();
  ok(await until(() => page.getByText(/^Every month on the first Sunday at/).isVisible()), 'what repeats is said in words');
  is(await page.getByRole('list', { name: 'Next times' }).locator('li').count(), 5, 'with its next times');
  await button(page, 'Expert').click();
  is(await page.getByLabel('Rule or cron expression').inputValue(), 'RRULE:FREQ=MONTHLY;BYDAY=1SU', 'an expert sees the rule');
  await page.getByLabel('Rule or cron expression').fill('RRULE:FREQ=HOURLY');
  await page.getByLabel('Rule or cron expression').blur();
  ok(await until(() => page.getByText('FREQ takes DAILY, WEEKLY, MONTHLY or YEARLY').isVisible()), 'and is told what is wrong');
  await button(page, 'Once').click();
}

async function open(page, base, id) {
  await page.evaluate(() => { globalThis.sameDocument = true; });
  await button(page, 'Add window').click();
  await page.waitForURL(`${base}/maintenance`);
  const active = page.getByRole('region', { name: 'Active now' });
  ok(await until(() => active.getByText('Upgrade <b>now</b>').isVisible()), 'it is listed as active');
  ok(await until(() => active.getByText(/^\d+ min( \d+ s)? left$/).isVisible()), 'with the time that is left');
  await page.goto(`${base}/monitors/${id}`);
  ok(await says(page, /^Maintenance/), 'the monitor is in maintenance');
  const banner = page.getByRole('region', { name: 'Maintenance' });
  ok(await until(() => banner.getByText('Upgrade <b>now</b>').isVisible()), 'and says by which window');
}

async function end(page, base) {
  await page.evaluate(() => { globalThis.sameDocument = true; });
  await button(page, 'End now').click();
  await page.getByRole('dialog').getByRole('button', { name: 'End now' }).click();
  ok(await says(page, /^Up/), 'ended by hand, the monitor is judged again');
  ok(await page.evaluate(() => globalThis.sameDocument === true), 'without a reload');
  await page.goto(`${base}/maintenance`);
  ok(await until(() => page.getByRole('region', { name: 'Ended' }).getByText('Upgrade <b>now</b>').isVisible()), 'the window is over');
}

async function daily(page, base, id) {
  const fold = page.locator('.advanced', { has: page.getByText('Daily maintenance', { exact: true }) });
  /* All day but a minute that is hours away. */
  const [from, to] = await page.evaluate(() => (new Date().getHours() < 12 ? ['00:00', '23:59'] : ['06:00', '05:59']));
  const edit = async (change) => {
    await page.goto(`${base}/monitors/${id}/edit`);
    await fold.waitFor();
    if (!await fold.evaluate((node) => node.open)) await fold.locator('summary').click();
    await change();
    await page.getByRole('button', { name: 'Save changes' }).click();
    await page.waitForURL(`${base}/monitors/${id}`);
  };
  await edit(async () => {
    await fold.getByText('The same time every day, or on some days').click();
    await page.getByLabel('From', { exact: true }).fill(from);
    await page.getByLabel('To', { exact: true }).fill(to);
  });
  ok(await says(page, /^Maintenance/), 'its daily maintenance covers the monitor');
  ok(await until(() => page.getByRole('region', { name: 'Maintenance' }).getByText(`every day from ${from} to ${to}`).isVisible()), 'in words');
  await edit(() => fold.getByText('The same time every day, or on some days').click());
  ok(await says(page, /^Up/), 'without it the monitor is judged again');
}

async function everyWeek(page, base) {
  await page.goto(`${base}/maintenance/new`);
  await page.getByLabel('Name', { exact: true }).fill('Sundays');
  await button(page, 'Repeats').click();
  await page.getByText('Every monitor, also those added later').click();
  const sent = page.waitForRequest((request) => request.method() === 'POST');
  await button(page, 'Add window').click();
  const body = (await sent).postDataJSON();
  is([body.recurrence, body.duration, body.all_monitors, new Date(body.starts_at).getUTCMinutes()], ['RRULE:FREQ=WEEKLY;BYDAY=SU', 3600, true, 0], 'a weekly one for all');
  ok(await until(() => page.getByRole('region', { name: /Upcoming|Active now/ }).getByText(/Every week on Sunday at/).isVisible()), 'is listed with its schedule in words');
  await page.setViewportSize(SIZES.phone);
  for (const path of ['/maintenance', '/maintenance/new']) {
    await page.goto(base + path);
    await page.locator('main h1').waitFor();
    is(await overflow(page), 0, `${path} is no wider than a phone`);
  }
  await page.setViewportSize(SIZES.wide);
  await page.goto(`${base}/maintenance`);
  for (const name of ['Sundays', 'Upgrade <b>now</b>']) {
    await page.getByRole('button', { name: `Actions for ${name}` }).click();
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    await page.getByRole('button', { name: 'Delete window' }).click();
    ok(await until(async () => await page.getByText(name, { exact: true }).count() === 0), `${name} is deleted`);
  }
}

export async function maintenance({ page, base, id }) {
  await page.goto(`${base}/monitors`);
  await plan(page);
  await repeats(page);
  await open(page, base, id);
  await end(page, base);
  await daily(page, base, id);
  await everyWeek(page, base);
  forgive(page, /404|422/);
}
