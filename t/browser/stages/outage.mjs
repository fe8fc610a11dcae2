// The indicator is honest: no event bus, no hub, and back, each by itself.
import { until } from '../browser.mjs';
import { harness } from '../harness.mjs';
import { ok } from '../tap.mjs';
import { forgive } from './accounts.mjs';

const link = (page, ...states) => until(async () => states.includes(await page.locator('.link-state').getAttribute('data-state')));

export async function outage({ page, base }) {
  await page.goto(`${base}/monitors`);
  ok(await link(page, 'live'), 'live at first');
  await harness('stop', 'redis');
  ok(await link(page, 'polling'), 'without the event bus the page says that it polls');
  await harness('start', 'redis');
  ok(await link(page, 'live'), 'with it again it is live');

  await harness('stop', 'nginx');
  ok(await link(page, 'unreachable'), 'without the hub the page says so');
  ok(await until(() => page.getByText('What you see is as of').isVisible()), 'and how old it is');
  ok(await page.locator('.row').isVisible(), 'and keeps what it knew');
  await harness('start', 'nginx');
  ok(await link(page, 'live'), 'and is live when the hub is back');
  ok(await until(async () => await page.locator('.banner-down').count() === 0), 'the banner is gone');
  forgive(page, /ERR_|50\d/);
}
