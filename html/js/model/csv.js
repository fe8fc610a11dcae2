/** Pure: rows as CSV (RFC 4180) that a spreadsheet takes for text and numbers and never for a formula. */

const FORMULA = /^[=+\-@\t\r]/;

function cell(value) {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const csvOf = (rows) => rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
