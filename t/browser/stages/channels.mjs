// A channel from its form to its messages: a test, an incident that is told and acknowledged from the link, what is refused and tried again.
import { createServer } from 'node:http';
import { SIZES, overflow, until } from '../browser.mjs';
import { harness } from '../harness.mjs';
import { is, ok } from '../tap.mjs';
import { forgive } from './accounts.mjs';

const named = (page, name) => page.getByRole('button', { name, exact: true });
const told = (page) => page.locator('section[aria-label="Who was told"]');
const row = (page, pattern) => told(page).locator('.delivery').filter({ hasText: pattern });

/** A receiver of our own: it keeps what it was sent, and answers as it is told. */
async function receiver() {
  const sink = { got: [], status: 200, answer: 'thank <b>you</b>' };
  const server = createServer((request, reply) => {
    let body = '';
    request.on('data', (part) => { body += part; });
    request.on('end', () => {
      sink.got.push({ headers: request.headers, message: JSON.parse(body) });
      reply.writeHead(sink.status).end(sink.answer);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  sink.url = `http://127.0.0.1:${server.address().port}/hook`;
  sink.close = () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); });
  sink.of = (event) => sink.got.find(({ message }) => message.event === event)?.message;
  return sink;
}

async function form({ page, sink }) {
  const notice = page.getByTestId('reach');
  ok(await until(() => notice.getByText('Nobody can be told when something fails.').isVisible()), 'where nobody can be told, the monitors say so');
  ok(await notice.getByText('Ask an administrator to set up a mail server').isVisible(), 'and whom to ask');
  is(await notice.getByRole('link', { name: 'add a channel' }).getAttribute('href'), '/channels/new', 'with a way out');
  await page.getByRole('link', { name: 'Channels', exact: true }).click();
  await page.waitForURL('**/channels');
  ok(await until(() => page.getByText('No mail server is set up for this installation').isVisible()), 'the empty list says what is missing');
  ok(await page.getByText('Ask an administrator to set it up.').isVisible(), 'and who can mend it');
  await page.getByRole('link', { name: 'Add channel' }).click();
  await page.locator('.channel-card').filter({ hasText: 'Webhook' }).press('Enter');
  const name = page.getByLabel('Name', { exact: true });
  ok(await until(() => name.evaluate((node) => node === document.activeElement)), 'a kind is chosen by the keyboard, which goes on at its name');
  is(await page.getByLabel('Bot token').count(), 0, 'no field of another kind is asked for');
  await name.fill('');
  await named(page, 'Add channel').click();
  ok(await until(() => page.getByText('Enter the address').isVisible()) && await page.getByText('Give it a name').isVisible(), 'what it needs is told beside each field');
  await page.getByLabel('Address').fill('ftp://example.com');
  await page.keyboard.press('Tab');
  ok(await until(() => page.getByText('Start with http:// or https://').isVisible()), 'and checked as it is typed');
  await page.getByLabel('Address').fill(sink.url);
  await name.fill('Hook <i>1</i>');
  await page.getByText('More of Webhook').click();
  await page.getByRole('textbox', { name: /^Signing secret/ }).fill('very-secret-words');
  await page.getByText('Quiet hours').click();
  await page.getByText('Do not disturb at some hours').click();
  await page.getByLabel('Time zone').fill('Europe/Nowhere');
  await named(page, 'Add channel').click();
  ok(await until(() => page.getByText('Choose a time zone').isVisible()), 'there are quiet hours, in a time zone that exists');
  await page.getByText('Do not disturb at some hours').click();
  await named(page, 'Add channel').click();
  await page.waitForURL(/\/channels\/\d+$/);
  ok(await until(async () => await page.getByTestId('channel-state').innerText() === 'Not used yet'), 'a new one was not used yet');
  ok((await page.locator('h1').innerText()).startsWith('Hook <i>1</i>'), 'a hostile name is text');
}

async function tests({ page, sink }) {
  await named(page, 'Send a test').click();
  ok(await until(() => page.getByTestId('test').getByText('It arrived').isVisible()), 'a test is followed until it has arrived');
  ok(await until(() => page.getByTestId('test').locator('.try-answer').getByText('thank <b>you</b>').isVisible()), 'with what the other side answered, as text');
  is([sink.got.length, sink.got[0].message.test], [1, true], 'it came once, and says that it is one');
  ok(await until(async () => await page.getByTestId('channel-state').innerText() === 'Works'), 'the open page sees that the channel works');
  ok(await until(async () => await page.locator('section[aria-label="What was sent"] .delivery').count() === 1), 'and what was sent');
  await page.getByRole('link', { name: 'Edit' }).click();
  ok(await until(() => page.getByRole('group', { name: 'Signing secret' }).getByText('Set', { exact: true }).isVisible()), 'a secret is only said to be set');
  ok(!(await page.content()).includes('very-secret-words'), 'and is nowhere in the page');
  const address = page.getByLabel('Address');
  await address.fill('http://127.0.0.1:9/elsewhere');
  ok(await until(() => page.getByText('It was given for the former address and is sent nowhere else: replace it').isVisible()), 'a secret is not sent elsewhere, which is told at once');
  await named(page, 'Save changes').click();
  ok(await until(() => named(page, 'Replace Signing secret').evaluate((node) => node === document.activeElement)), 'and asked for before it is saved');
  await address.fill(sink.url);
  await named(page, 'Replace Signing secret').click();
  await named(page, 'Keep the old one').click();
  await page.getByLabel('Name', { exact: true }).fill('Hook');
  const sent = page.waitForRequest((request) => request.method() === 'PATCH');
  await named(page, 'Save changes').click();
  is((await sent).postDataJSON(), { name: 'Hook' }, 'only what changed is sent');
  await page.waitForURL(/\/channels\/\d+$/);
}

async function incident({ page, base, sink }) {
  await harness('site-down');
  ok(await until(async () => sink.of('started')), 'a monitor fails, and the channel is told');
  await page.goto(`${base}/monitors`);
  await page.locator('.row-link').first().waitFor();
  is(await page.getByTestId('reach').count(), 0, 'somebody can be told now');
  await page.goto(`${base}/incidents`);
  await page.locator('.incident-cause').first().click();
  await page.waitForURL(/\/incidents\/\d+$/);
  ok(await until(() => row(page, /Hook.*Started/s).getByText('Sent', { exact: true }).isVisible()), 'the incident says who was told, and that it arrived');
}

/** Signed out, on a phone, from the link in the message. */
async function acknowledging({ page, base, sink }) {
  const place = page.url();
  const url = sink.of('started').acknowledge_url;
  if (!ok(/\/acknowledge\/[\w.-]+$/.test(url ?? ''), 'the message has a link to acknowledge', JSON.stringify(sink.of('started')))) return;
  const cookies = await page.context().cookies();
  await page.context().clearCookies();
  await page.setViewportSize(SIZES.phone);
  await page.goto(`${base}${new URL(url).pathname.replace(/.{4}$/, '0000')}`);
  ok(await until(() => page.getByText('This link is not valid').isVisible()), 'a link that somebody made up is not valid');
  await page.goto(base + new URL(url).pathname);
  const button = named(page, 'Acknowledge');
  ok(await until(() => button.isVisible()), 'the link works signed out, with one button');
  is([await overflow(page), (await button.boundingBox()).height >= 56, await page.getByRole('navigation').count()], [0, true, 0], 'large, on a phone, and nothing else to see');
  await button.click();
  ok(await until(() => page.getByText('It is in your hands now').isVisible()), 'acknowledged');
  await page.reload();
  ok(await until(() => page.getByTestId('acknowledgement').getByText(/^Already acknowledged by Hook/).isVisible()), 'and from then on it says who did it');
  await page.setViewportSize(SIZES.wide);
  await page.context().addCookies(cookies);
  await page.goto(place);
  ok(await until(async () => /^Acknowledged for/.test(await page.getByTestId('incident-state').innerText())), 'so does the incident');
  ok(await until(() => row(page, /Hook.*Acknowledged/s).first().isVisible()), 'of which the others are told');
  await harness('site-up');
  ok(await until(() => row(page, /Hook.*Resolved/s).getByText('Sent', { exact: true }).isVisible()), 'the open page sees that the end is told, too');
  ok(sink.of('resolved'), 'it came');
  await page.goto(base + new URL(url).pathname);
  ok(await until(() => page.getByTestId('acknowledgement').getByText(/^It is over/).isVisible()), 'the link says that it is over');
}

async function refused({ page, base, sink }) {
  Object.assign(sink, { status: 403, answer: 'not from <you>' });
  await page.goto(`${base}/channels`);
  await named(page, 'Actions for Hook').click();
  await page.getByRole('menuitem', { name: 'Send a test' }).click();
  ok(await until(() => page.getByTestId('test').getByText('Not delivered').isVisible()), 'from the list, too; what is refused did not arrive');
  ok(await until(() => page.getByTestId('test').locator('.try-answer').getByText('not from <you>').isVisible()), 'with the reason of the other side');
  ok(await until(async () => await page.getByTestId('channel-state').innerText() === 'Does not get through'), 'and the channel does not get through');
  await page.goto(`${base}/channels`);
  ok(await until(async () => await page.locator('h1').innerText() === '1 of 1 channel does not get through'), 'the list says it in a sentence');
  await page.getByRole('link', { name: 'What was sent' }).click();
  await named(page, 'Not delivered').click();
  await page.waitForURL(/\/deliveries\?state=undeliverable$/);
  await page.getByLabel('Channel').selectOption({ label: 'Hook' });
  await page.getByLabel('About').selectOption('test');
  await page.waitForURL(/state=undeliverable&event=test&channel=\d+$/);
  await page.reload();
  ok(await until(async () => await page.locator('.delivery-words').count() === 1), 'the log is filtered by its address');
  await page.locator('.delivery-words a').click();
  await page.waitForURL(/\/deliveries\/\d+$/);
  Object.assign(sink, { status: 200, answer: 'ok' });
  await named(page, 'Try again').click();
  ok(await until(async () => await page.getByTestId('fate').innerText() === 'Sent at try 2'), 'tried again it arrives, on the open page');
  is(await page.locator('.tries li').count(), 2, 'with both tries');
}

async function mine({ page, base, sink }) {
  await page.goto(`${base}/settings?part=my-alerts`);
  ok(await until(() => page.getByText('You cannot be reached').isVisible()), 'without a mail server nobody is told by mail');
  is(await page.locator('section[aria-label=Alerting]').count(), 0, 'and only administrators set one up');
  await page.getByRole('link', { name: 'Add a way' }).click();
  await page.locator('.channel-card').filter({ hasText: 'Webhook' }).click();
  await page.getByLabel('Address').fill(sink.url);
  await page.getByLabel('Name', { exact: true }).fill('My own');
  await named(page, 'Add').click();
  await page.waitForURL('**/settings?part=my-alerts');
  const before = sink.got.length;
  await page.locator('.contact').filter({ hasText: 'My own' }).getByRole('button', { name: 'Test' }).click();
  ok(await until(() => page.getByTestId('test').getByText('It arrived').isVisible()), 'a way to reach oneself is tested in its place');
  is(sink.got.length, before + 1, 'it came');
  await named(page, 'Actions for My own').click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await named(page, 'Delete').click();
  ok(await until(() => page.getByText('You cannot be reached').isVisible()), 'and deleted');
}

async function onPhone({ page, base }) {
  const id = await page.evaluate(() => fetch('/api/v2/channels').then((reply) => reply.json()).then(({ data }) => data[0].id));
  await page.setViewportSize(SIZES.phone);
  for (const path of ['/channels', '/channels/new', `/channels/${id}`, `/channels/${id}/edit`, '/deliveries', '/contacts/new']) {
    await page.goto(base + path);
    await page.locator('main h1').waitFor();
    is(await overflow(page), 0, `${path.replace(id, 'N')} is no wider than a phone`);
  }
  const last = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Channels' });
  await page.goto(`${base}/channels`);
  ok(await until(() => last.evaluate((node) => { const { left, right } = node.getBoundingClientRect(); return left >= 0 && right <= innerWidth; })), 'where one is, is in sight in the nav');
  await page.setViewportSize(SIZES.wide);
}

async function gone({ page, base }) {
  await page.goto(`${base}/channels`);
  await named(page, 'Actions for Hook').click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await named(page, 'Delete channel').click();
  ok(await until(() => page.getByText('Nobody can be told yet').isVisible()), 'deleted');
}

export async function channels(walk) {
  const { page, base } = walk;
  const sink = await receiver();
  try {
    await page.goto(`${base}/monitors`);
    await form({ ...walk, sink });
    await tests({ ...walk, sink });
    await incident({ ...walk, sink });
    await acknowledging({ ...walk, sink });
    await refused({ ...walk, sink });
    await mine({ ...walk, sink });
    await onPhone(walk);
    await gone(walk);
  } finally {
    await sink.close();
  }
  forgive(page, /40[1349]|422/);
}

/** What administrators set up for everybody. */
export async function alerting({ page, base }) {
  await page.goto(`${base}/settings?part=alerting`);
  const mail = page.getByRole('form', { name: 'Mail server' });
  ok(await until(() => mail.getByText('Not set up: nobody can be told by mail').isVisible()), 'administrators see that there is no mail server');
  await mail.getByLabel('Host').fill('127.0.0.1');
  await mail.getByLabel('From').fill('nobody');
  await named(mail, 'Save').click();
  ok(await until(() => mail.getByText('Enter the address that mail comes from').isVisible()), 'what it needs is told');
  await mail.getByLabel('From').fill('Alerts <alerts@example.com>');
  await mail.getByLabel('Security').selectOption('none');
  is(await mail.getByLabel('Port').inputValue(), '25', 'the port follows the security');
  await mail.getByLabel('User name').fill('alerts');
  await mail.getByLabel('Password', { exact: true }).or(mail.getByLabel(/^Password/)).first().fill('mail-secret-words');
  await named(mail, 'Save').click();
  ok(await until(() => mail.getByText('Set up', { exact: true }).isVisible()), 'set up');
  ok(await mail.getByRole('group', { name: 'Password' }).getByText('Set', { exact: true }).isVisible(), 'its password is only said to be set');
  ok(await named(mail, 'Send me a test mail').isVisible(), 'and a test can be sent');
  await mail.getByLabel('Host').fill('mail.example.com');
  ok(await until(() => mail.getByText('It was given for 127.0.0.1 and is sent nowhere else: replace it, or remove it').isVisible()), 'the password of one server is for no other');
  await named(mail, 'Save').click();
  ok(await until(() => named(mail, 'Replace Password').evaluate((node) => node === document.activeElement)), 'and is asked for');
  await named(mail, 'Remove…').click();
  await named(page.getByRole('dialog'), 'Remove').click();
  ok(await until(() => mail.getByText('Not set up: nobody can be told by mail').isVisible()), 'and removed');
}
