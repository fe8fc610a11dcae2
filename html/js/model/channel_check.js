/** Pure: what is wrong with one setting of a channel, by the hub's own rule for it. The hub has the last word. */
import { checkEmail, checkWhole } from './checks.js';

const ADDRESSES_MAX = 20;
const URL_CHARS_MAX = 2048;
const WORD_CHARS_MAX = 50;

/** "a, b" or lines of it as a list. */
export const listOf = (text) => String(text ?? '').split(/[\n,;]+/).map((one) => one.trim()).filter(Boolean);

function checkUrl(text) {
  if (!/^https?:\/\//i.test(text)) return 'Start with http:// or https://';
  if (text.length > URL_CHARS_MAX) return `At most ${URL_CHARS_MAX} characters`;
  return /^https?:\/\/[^\s/?#@\\]+([/?#][!-~]*)?$/.test(text) ? undefined : 'This is not a complete address, like https://example.com/path';
}

function checkList(text, wrong, words) {
  const all = listOf(text);
  if (all.length > ADDRESSES_MAX) return `At most ${ADDRESSES_MAX}`;
  const bad = all.find(wrong);
  return bad && words(bad);
}

function checkInteger(text, { min, max }) {
  return /^-?\d+$/.test(text) && Number(text) >= min && Number(text) <= max ? undefined : `A whole number from ${min} to ${max}`;
}

const longer = (text, max) => (max && [...text].length > max ? `At most ${max} characters` : undefined);

const CHECKS = {
  url: checkUrl,
  emails: (text) => checkList(text, (one) => checkEmail(one) || /[\s"<>():\\]/.test(one), (one) => `“${one}” does not look like an e-mail address`),
  words: (text) => checkList(text, (one) => one.length > WORD_CHARS_MAX, () => `At most ${WORD_CHARS_MAX} characters each`),
  token: (text) => (/^[!-~]+$/.test(text) ? undefined : 'Letters, digits and signs, without spaces'),
  topic: (text) => (/^[A-Za-z0-9_-]{1,64}$/.test(text) ? undefined : 'Letters, digits, _ and -, at most 64 of them'),
  phone: (text) => (/^\+[1-9]\d{6,14}$/.test(text) ? undefined : 'A number with its country, like +14155550100'),
  room: (text) => (/^![!-~]{1,254}$/.test(text) ? undefined : 'The id of a room begins with !, like !abc:example.com'),
  integer: checkInteger,
  text: (text, { max }) => longer(text, max),
  lines: (text, { max }) => longer(text, max),
};

const PAIR_NAMES = { headers: [/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'The name of a header is letters, digits and -'], labels: [/^[a-zA-Z_]\w*$/, 'The name of a label is letters, digits and _'] };

/** Rows of {name, value}; those that are quite empty do not count. */
export const pairsOf = (rows) => (rows ?? []).filter(({ name, value }) => name.trim() || value.trim());

function checkPairs(rows, [pattern, words]) {
  const used = pairsOf(rows);
  if (used.some(({ name }) => !pattern.test(name.trim()))) return words;
  return new Set(used.map(({ name }) => name.trim())).size < used.length ? 'Two have the same name' : undefined;
}

/** "Enter the bot token": a label inside a sentence, where abbreviations stay as they are. */
const missing = (label) => `Enter the ${/^[A-Z][a-z]/.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label}`;

/** Of a secret: what is kept or taken away needs no look. */
export const KEPT = { kept: true };
export const GONE = { gone: true };
export const isText = (value) => typeof value === 'string';

/** What is wrong with the value of a field, or undefined. */
export function checkSetting({ rule, label }, value) {
  if (value === KEPT || value === GONE) return undefined;
  if (PAIR_NAMES[rule.type]) return checkPairs(value, PAIR_NAMES[rule.type]);
  const text = isText(value) ? value.trim() : '';
  if (!text) return rule.required ? missing(label) : undefined;
  return CHECKS[rule.type]?.(text, rule);
}

export const checkRate = (text) => checkWhole(text, 1, 600);
