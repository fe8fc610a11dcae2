/** Pure: what can be said about a form before the hub is asked. The hub has the last word. */

export const PASSWORD_MIN = 10;
export const PASSWORD_MAX = 256;

export function checkEmail(email) {
  if (!email?.trim()) return 'Enter your e-mail address';
  return /^\S+@\S+$/.test(email.trim()) ? undefined : 'This does not look like an e-mail address';
}

export function checkNewPassword(password = '') {
  const length = [...password].length;
  if (!length) return 'Choose a password';
  if (length < PASSWORD_MIN) return `${PASSWORD_MIN - length} more to go: at least ${PASSWORD_MIN} characters`;
  return length > PASSWORD_MAX ? `At most ${PASSWORD_MAX} characters` : undefined;
}

export function checkUrl(url) {
  const text = url?.trim();
  if (!text) return 'Enter the address to watch';
  if (!/^https?:\/\//i.test(text)) return 'Start with http:// or https://';
  try {
    return new URL(text).hostname ? undefined : 'This address has no host';
  } catch { return 'This is not a complete address'; }
}

/** "200, 204, 301" to numbers; null if something in it is not a status code. */
export function parseCodes(text) {
  const parts = String(text ?? '').split(/[\s,;]+/).filter(Boolean);
  const codes = parts.map(Number);
  return codes.every((code) => Number.isInteger(code) && code >= 100 && code <= 599) ? [...new Set(codes)] : null;
}

/** Only what is wrong: fields whose message is undefined are left out. */
export const onlyWrong = (messages) => Object.fromEntries(Object.entries(messages).filter(([, message]) => message));
