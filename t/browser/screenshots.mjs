// Pictures of every page, both themes, wide and phone, of a running stack:
//   BS_URL=http://127.0.0.1:8080 BS_EMAIL=admin@localhost BS_PASSWORD=... node t/browser/screenshots.mjs OUT
// Only looks: it creates and changes nothing. Exits 1 if a page wrote to the console or is too wide.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SIZES, openPage, overflow, withBrowser } from './browser.mjs';

const { BS_URL: base = 'http://127.0.0.1:8080', BS_EMAIL: email = 'admin@localhost', BS_PASSWORD: password = '' } = process.env;
const out = process.argv[2] ?? 'build/screenshots';
const HEIGHT_MAX = 6000;
let faults = 0;

async function shoot(page, name, fullPage = true) {
  await page.evaluate(() => { scrollTo(0, 0); if (!document.activeElement?.matches('[role=combobox]')) document.activeElement?.blur(); return document.fonts.ready; });
  const wide = await overflow(page);
  if (wide > 0) { faults += 1; console.log(`${name}: ${wide} px too wide`); }
  const size = page.viewportSize();
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  /* As high as the page: what sticks to the bottom of the window would lie in its middle. */
  await page.setViewportSize({ ...size, height: Math.max(size.height, Math.min(height, HEIGHT_MAX)) });
  await page.screenshot({ path: join(out, `${name}.png`), fullPage, animations: 'disabled' });
  await page.setViewportSize(size);
}

async function strangers(page, look) {
  for (const name of ['sign-in', 'sign-up']) {
    await page.goto(`${base}/${name}`);
    await page.locator('form').waitFor();
    await shoot(page, `${name}-${look}`);
  }
  page.problems.splice(0);
}

async function signIn(page) {
  await page.goto(`${base}/sign-in`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/monitors');
  await page.locator('.row-link, .empty').first().waitFor();
  page.problems.splice(0);
}

async function members(page, look) {
  await shoot(page, `monitors-${look}`);
  const link = page.locator('.row-link').first();
  const detail = await link.count() ? await link.getAttribute('href') : null;
  const pages = {
    new: ['/monitors/new', 'form'], heartbeats: ['/heartbeats', '.row-link, .empty'], 'new-heartbeat': ['/heartbeats/new', 'form'],
    policies: ['/policies', '.policy, .empty'], 'new-policy': ['/policies/new', 'form'], 'on-call': ['/on-call', '.week'], 'on-call-month': ['/on-call?view=month', '.month'],
    maintenance: ['/maintenance', '.row-link, .empty'], 'new-window': ['/maintenance/new', 'form'], settings: ['/settings', '.region-item'],
    channels: ['/channels', '.row-channel, .empty'], 'new-channel': ['/channels/new', '.channel-card'], deliveries: ['/deliveries', '.delivery-words a, .empty'], sla: ['/sla', '.sla-table, .empty'], slos: ['/slos', '.row-slo, .empty'], 'new-slo': ['/slos/new', 'form'],
  };
  await page.goto(`${base}/incidents`);
  await page.locator('.incident-cause, .empty').first().waitFor();
  await shoot(page, `incidents-${look}`);
  const incident = page.locator('.incident-cause').first();
  if (await incident.count()) pages.incident = [await incident.getAttribute('href'), '.moment'];
  const others = { heartbeat: ['/heartbeats', '.ping-ways'], 'edit-window': ['/maintenance', 'form'], slo: ['/slos', '.budget-chart'] };
  for (const [name, [list, landmark]] of Object.entries(others)) {
    await page.goto(base + list);
    await page.locator('.row-link, .empty').first().waitFor();
    const first = page.locator('.row-link').first();
    if (await first.count()) pages[name] = [await first.getAttribute('href'), landmark];
  }
  if (detail) Object.assign(pages, { monitor: [detail, '.uplot, .chart-empty'], edit: [`${detail}/edit`, 'form'] });
  for (const [name, [path, landmark]] of Object.entries(pages)) {
    await page.goto(base + path);
    await page.locator(landmark).first().waitFor();
    await late(page);
    await shoot(page, `${name}-${look}`);
  }
}

/** What comes when one scrolls to it. */
async function late(page) {
  const history = page.locator('[aria-label=History]');
  if (!await history.count()) return;
  await history.evaluate((node) => node.scrollIntoView()).catch(() => {});
  await page.locator('.sla-facts-list, .sla-words').first().waitFor();
  await page.waitForLoadState('networkidle', { timeout: 3000 }).catch(() => {});
}

/** One incident of each kind there is, and what the list says where there is none. */
async function incidentKinds(page, look) {
  for (const kind of INCIDENT_KINDS) {
    await page.goto(`${base}/incidents?kind=${kind}`);
    await page.locator('.incident-cause, .empty').first().waitFor();
    const cause = page.locator('.incident-cause').first();
    if (!await cause.count()) continue;
    await page.goto(base + await cause.getAttribute('href'));
    await page.locator('.moment').first().waitFor();
    await shoot(page, `incident-${kind}-${look}`);
  }
}

/** Forms of time with everything unfolded, and the chooser of what a window covers. */
async function timeForms(page, look) {
  await page.goto(`${base}/heartbeats/new`);
  await page.getByText('By a schedule').click();
  for (const fold of await page.locator('.advanced > summary').all()) await fold.click();
  await shoot(page, `new-heartbeat-schedule-${look}`);
  await page.goto(`${base}/maintenance/new`);
  await page.getByText('Repeats', { exact: true }).click();
  await page.getByText('Monthly', { exact: true }).click();
  await page.getByText('Only these').click();
  await page.getByRole('combobox', { name: 'Monitors and heartbeats' }).click();
  await shoot(page, `new-window-monthly-${look}`);
}

const INCIDENT_KINDS = ['failure', 'heartbeat', 'certificate_expiry', 'domain_expiry', 'mass', 'region_silent', 'region_quarantined', 'scheduler_silent', 'manual', 'burn'];
const KINDS = ['Website or API', 'DNS', 'Ping', 'TCP port', 'PostgreSQL'];

/** The form of some kinds, with everything unfolded. */
async function forms(page, look) {
  for (const kind of KINDS) {
    await page.goto(`${base}/monitors/new`);
    await page.getByText(kind, { exact: true }).click();
    for (const fold of await page.locator('.advanced > summary').all()) await fold.click();
    const add = page.getByRole('button', { name: 'Add assertion' });
    for (let i = 0; i < 2 && await add.count(); i += 1) await add.click();
    await shoot(page, `new-${kind.toLowerCase().replaceAll(' ', '-')}-${look}`);
  }
}

mkdirSync(out, { recursive: true });
for (const colorScheme of ['light', 'dark']) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    await withBrowser({ colorScheme, viewport, deviceScaleFactor: size === 'phone' ? 2 : 1, reducedMotion: 'reduce' }, async (context) => {
      const page = await openPage(context);
      const look = `${size}-${colorScheme}`;
      await strangers(page, look);
      if (password) {
        await signIn(page);
        await members(page, look);
        await incidentKinds(page, look);
        await timeForms(page, look);
        await forms(page, look);
      }
      faults += page.problems.length;
      page.problems.forEach((problem) => console.log(`${look}: ${problem}`));
    });
  }
}
process.exitCode = faults ? 1 : 0;
