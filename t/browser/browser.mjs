// A Chromium of Debian's, with a page that remembers everything that went wrong in it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const SLOWNESS = Number(process.env.BS_SLOWNESS) || 1;
export const WAIT_MS = 30_000 * SLOWNESS;

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];

export const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

/** work(context) with a browser of its own, which is gone afterwards. */
export async function withBrowser(options, work) {
  const profile = mkdtempSync(join(tmpdir(), 'bs-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS, viewport: SIZES.wide, locale: 'en-GB', ...options,
  });
  context.setDefaultTimeout(WAIT_MS);
  try {
    await work(context);
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

/** A page whose console errors, exceptions and policy violations are kept in page.problems. */
export async function openPage(context) {
  const page = await context.newPage();
  page.problems = [];
  page.on('pageerror', (error) => page.problems.push(`exception: ${error.stack ?? error}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) page.problems.push(`${message.type()}: ${message.text()} (${message.location().url})`);
  });
  await page.exposeFunction('policyViolated', (words) => page.problems.push(`policy: ${words}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => globalThis.policyViolated(`${event.violatedDirective} ${event.blockedURI}`));
  });
  return page;
}

/** True as soon as look() is; false when it never is. */
export async function until(look, waitMs = WAIT_MS) {
  for (const end = Date.now() + waitMs; ;) {
    if (await look().catch(() => false)) return true;
    if (Date.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** How many pixels the page is too wide for its window. */
export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
