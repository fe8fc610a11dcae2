/** A 401 can come from any call; this breaks the circle between api.js and session.js. */
const listeners = new Set();

export const onSessionEnd = (listener) => listeners.add(listener);
export const sessionEnded = () => listeners.forEach((listener) => listener());
