/** Stylesheets that only some pages need; each comes once. */

const styled = new Map();

/** Resolves when css/{name}.css is in force. */
export function style(name) {
  if (!styled.has(name)) styled.set(name, new Promise((resolve, reject) => {
    const link = document.createElement('link');
    const gone = () => { styled.delete(name); link.remove(); reject(new Error(`no stylesheet ${name}`)); };
    Object.assign(link, { rel: 'stylesheet', href: new URL(`../css/${name}.css`, import.meta.url).href, onload: resolve, onerror: gone });
    document.head.append(link);
  }));
  return styled.get(name);
}
