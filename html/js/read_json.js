/**
 * JSON of the hub. Characters that turn the direction of all text after them are left out: a name that
 * has one would turn the sentence that it stands in, and what is beside it on the page.
 */
const TURNS = /[\u202A-\u202E\u2066-\u2069]/g;

export const readJson = (text) => JSON.parse(text.replace(TURNS, ''));
