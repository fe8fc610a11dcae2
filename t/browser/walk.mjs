// The walk itself; each stage is a file, and a stage that throws ends the walk.
import { openPage, withBrowser } from './browser.mjs';
import { release } from './harness.mjs';
import { finish, note, ok } from './tap.mjs';
import { accounts } from './stages/accounts.mjs';
import { adding } from './stages/adding.mjs';
import { downAndUp } from './stages/down_and_up.mjs';
import { incidents, noIncidents } from './stages/incidents.mjs';
import { list } from './stages/list.mjs';
import { editing } from './stages/editing.mjs';
import { kinds } from './stages/kinds.mjs';
import { heartbeats } from './stages/heartbeats.mjs';
import { maintenance } from './stages/maintenance.mjs';
import { channels } from './stages/channels.mjs';
import { escalation } from './stages/escalation.mjs';
import { history } from './stages/history.mjs';
import { slos } from './stages/slos.mjs';
import { settings } from './stages/settings.mjs';
import { phone } from './stages/phone.mjs';
import { silence } from './stages/silence.mjs';
import { outage } from './stages/outage.mjs';
import { leaving } from './stages/leaving.mjs';

const STAGES = { accounts, adding, noIncidents, downAndUp, incidents, list, editing, kinds, heartbeats, maintenance, escalation, channels, settings, history, slos, phone, silence, outage, leaving };

/* Some stages only, by name, while one is being written. */
const wanted = process.argv.slice(2);

await withBrowser({ colorScheme: 'light' }, async (context) => {
  const page = await openPage(context);
  const walk = { page, base: process.env.BS_URL, site: process.env.BS_SITE, adminPassword: process.env.BS_ADMIN_PASSWORD, id: null };
  for (const [name, stage] of Object.entries(STAGES)) {
    if (wanted.length && !wanted.includes(name)) continue;
    try {
      await stage(walk);
    } catch (error) {
      ok(false, `${name} goes through`, error.stack, `at ${page.url()}`);
      await page.screenshot({ path: `/tmp/bs-walk-${name}.png` }).then(() => note(`picture: /tmp/bs-walk-${name}.png`), () => {});
      break;
    }
    ok(page.problems.length === 0, `${name}: nothing on the console, no violation of the policy`, ...page.problems.splice(0));
  }
});
finish();
release();
