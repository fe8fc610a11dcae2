/** Growing pauses between tries, with jitter so that a thousand dashboards do not return in one instant. */
export function backoff(firstMs, mostMs) {
  let pause = firstMs;
  return {
    next(atLeastMs = 0) {
      const jittered = pause * (0.75 + Math.random() * 0.5);
      pause = Math.min(pause * 2, mostMs);
      return Math.max(jittered, atLeastMs);
    },
    reset() { pause = firstMs; },
  };
}

/** Resolves after ms, or at once when the signal aborts. */
export function pause(ms, signal) {
  return new Promise((resolve) => {
    const done = () => { clearTimeout(timer); signal?.removeEventListener('abort', done); resolve(); };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
    if (signal?.aborted) done();
  });
}
