/*
 * A classic script, so that it runs before the first paint: a module would let a light page
 * flash in front of a person who chose dark. theme.js owns the choice, this only applies it.
 */
try {
  const choice = localStorage.getItem('betterstack-theme');
  if (choice === 'light' || choice === 'dark') document.documentElement.dataset.theme = choice;
} catch { /* storage is forbidden: the automatic theme it is */ }
