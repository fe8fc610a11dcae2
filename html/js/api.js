/**
 * Every call to the hub goes through here, so that one place knows whether the hub answers
 * (connection.js), whether the session still stands (401), and what went wrong in words.
 */
import { answered, failed } from './connection.js';
import { readJson } from './read_json.js';
import { sessionEnded } from './session_end.js';

const TIMEOUT_MS = 20_000;
const ROOT = '/api/v2';

/** Few have an address of their own, which is whole. */
const addressOf = (path) => (path.startsWith('/api/') ? path : ROOT + path);

/** status 0: no answer at all. fields: the 422 map of field to messages, or null. */
export class ApiError extends Error {
  constructor(status, message, fields = null, retryAfterMs = 0) {
    super(message);
    Object.assign(this, { status, fields, retryAfterMs });
  }

  /** True if the same call may well succeed a little later. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

const PLAIN_WORDS = {
  403: 'You may not do that.',
  404: 'That does not exist, or not any more.',
  413: 'That is too large.',
  429: 'Too many tries at once. Wait a moment and try again.',
};

/** A call the person has not to wait for forever; resolves to the body, or null for 204. */
export async function call(method, path, body, { signal } = {}) {
  const response = await send(method, path, body, signal);
  const data = await read(response);
  if (response.ok) return data;
  if (response.status === 401 && !path.startsWith('/sign-')) sessionEnded();
  throw problem(response, data);
}

async function send(method, path, body, signal) {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const options = {
    method,
    credentials: 'same-origin',
    cache: 'no-store',
    headers: { Accept: 'application/json' },
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  };
  if (body !== undefined) {
    options.headers['Content-Type'] = 'application/json';
    options.body = JSON.stringify(body);
  }
  try {
    const response = await fetch(addressOf(path), options);
    if (response.status >= 502) failed('failing');
    else answered();
    return response;
  } catch (error) {
    if (signal?.aborted) throw error;
    failed('unreachable');
    throw new ApiError(0, 'The hub does not answer.');
  }
}

async function read(response) {
  if (response.status === 204) return null;
  try {
    return readJson(await response.text());
  } catch {
    if (response.ok) throw new ApiError(response.status, 'The hub answered something that is not JSON.');
    return null;
  }
}

function problem(response, data) {
  const { status } = response;
  const errors = data?.errors;
  const retryAfterMs = 1000 * (Number(response.headers.get('Retry-After')) || 0);
  if (status === 422 && errors && typeof errors === 'object') {
    return new ApiError(status, 'Some fields need another look.', errors, retryAfterMs);
  }
  const words = typeof errors === 'string' && status !== 404 ? errors : PLAIN_WORDS[status];
  return new ApiError(status, words ?? `The hub answered ${status}.`, null, retryAfterMs);
}

export const get = (path, options) => call('GET', path, undefined, options);
export const post = (path, body = {}) => call('POST', path, body);
export const patch = (path, body) => call('PATCH', path, body);
export const del = (path) => call('DELETE', path);
