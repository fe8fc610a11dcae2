// At the size of a phone nothing is cut off or sideways.
import { SIZES, overflow, until } from '../browser.mjs';
import { is, ok } from '../tap.mjs';

export async function phone({ page, base, id }) {
  await page.setViewportSize(SIZES.phone);
  const pages = { '/monitors': '.row', [`/monitors/${id}`]: '.uplot canvas', [`/monitors/${id}/edit`]: 'form', '/monitors/new': 'form', '/settings': '.region-item', '/sla': '.sla-table' };
  for (const [path, landmark] of Object.entries(pages)) {
    await page.goto(base + path);
    ok(await until(() => page.locator(landmark).first().isVisible()), `${path.replace(id, 'N')} shows on a phone`);
    is(await overflow(page), 0, 'and is no wider than it');
  }
  await page.setViewportSize(SIZES.wide);
}
