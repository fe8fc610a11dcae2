/** The ranges a chart can show: key, words, length in milliseconds. */
const HOUR_MS = 3_600_000;

export const RANGES = [['1h', '1 h', HOUR_MS], ['6h', '6 h', 6 * HOUR_MS], ['24h', '24 h', 24 * HOUR_MS]];
