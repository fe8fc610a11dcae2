// No agent anywhere: what was up is not called up for ever, and is up again when they are back.
import { WAIT_MS, until } from '../browser.mjs';
import { harness } from '../harness.mjs';
import { is, ok } from '../tap.mjs';
import { verdict } from './adding.mjs';

const AGENTS = ['agent-local-a', 'agent-local-b'];
const PATIENCE_MS = 75_000 + WAIT_MS;
const headline = (page) => page.locator('.health h1').innerText();

export async function silence({ page, base, id }) {
  await page.goto(`${base}/monitors`);
  ok(await until(async () => (await headline(page)) === 'Everything is up'), 'up at first');
  for (const agent of AGENTS) await harness('stop', agent);
  ok(await until(async () => (await headline(page)) === 'The only monitor has no data', PATIENCE_MS), 'without agents the sentence says that nothing is known');
  ok(/^No data for 1 min .*— last seen up$/.test(await page.locator('.row-state').innerText()), 'the row says since when, and what was seen last');
  ok(await page.locator('.row > .mark.state-no_data').isVisible(), 'with a shape of its own');
  is(await page.locator('.row .dots .mark.state-no_data').count(), 2, 'both regions are silent');
  ok(await page.getByRole('button', { name: /^No data/ }).isVisible(), 'one may filter by it');
  is(await page.locator('.link-state').getAttribute('data-state'), 'live', 'the link to the hub is as well as ever');

  await page.locator('.row-link').click();
  ok(await until(async () => /^No data for 1 min/.test(await verdict(page).innerText())), 'its page says the same');
  is(await page.locator('.region.state-no_data').count(), 2, 'and so does each region');
  ok(/^(\(\d+\) )?No data: /.test(await page.title()), 'and the tab');

  for (const agent of AGENTS) await harness('start', agent);
  ok(await until(async () => /^Up for/.test(await verdict(page).innerText())), 'with agents again it is up');
  ok(await until(async () => await page.locator('.region.state-no_data').count() === 0), 'as each region sees it');
  await page.goto(`${base}/monitors/${id}`);
}
