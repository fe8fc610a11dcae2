// What build-assets adds to a page: the modules to fetch at once.
import { posix } from 'node:path';

const PRELOAD = /^[ \t]*<!-- modulepreload -->\n/m;
const IMPORTMAP = /<script type="importmap">([\s\S]*?)<\/script>/;
const STATIC_IMPORT = /^(?:import|export)\b[^'"]*?from ['"]([^'"]+)['"]|^import ['"]([^'"]+)['"]/gm;

// Every module the page's own modules import statically, found by walking
// them: a browser would find them one round trip after the other.
function modules(page, assets) {
  const { imports } = JSON.parse(IMPORTMAP.exec(page)[1]);
  const found = [];
  const visit = (name) => {
    if (found.includes(name)) return;
    found.push(name);
    for (const [, from, bare] of assets.get(name).toString().matchAll(STATIC_IMPORT)) {
      const wanted = from ?? bare;
      visit(wanted.startsWith('.') ? posix.join(posix.dirname(name), wanted) : imports[wanted].replace('/assets/', ''));
    }
  };
  for (const [, name] of page.matchAll(/<script type="module" src="\/assets\/([^"]+)"/g)) visit(name);
  return found;
}

export function preload(page, assets) {
  if (!PRELOAD.test(page)) return page;
  const links = modules(page, assets).map((name) => `  <link rel="modulepreload" href="/assets/${name}">\n`);
  return page.replace(PRELOAD, links.join(''));
}
