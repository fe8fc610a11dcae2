/**
 * Pure: whether a result has a response time. A refused connection is over quickly and a timeout
 * late, but neither is a response; a page with the wrong status or text is one.
 */

const ANSWERED = new Set(['status_unexpected', 'keyword_missing', 'keyword_present', 'assertion_failed', 'certificate_expiring', 'too_slow']);

export const hasAnswer = (status, reason) => status === 'up' || status === 'degraded' || ANSWERED.has(reason);
