/** A text made here, given to the browser to keep as a file. */
export function saveFile(name, text, type = 'text/csv') {
  /* A mark at the beginning: without it some spreadsheets take UTF-8 for something else. */
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(new Blob(['\ufeff', text], { type: `${type};charset=utf-8` })), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
