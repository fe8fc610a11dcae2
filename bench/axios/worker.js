// Probes one URL over and over, a new connection each, so many at a time:
//   node worker.js URL CONCURRENCY SECONDS
// It judges the status, reads the body, and prints how many were up.

import http from 'node:http';
import https from 'node:https';

import axios from 'axios';

const [url, concurrency, seconds] = process.argv.slice(2);
const until = performance.now() + 1000 * Number(seconds);
let up = 0;

async function probe() {
    const answer = await axios.get(url, {
        httpAgent: new http.Agent({keepAlive: false}),
        httpsAgent: new https.Agent({keepAlive: false, maxCachedSessions: 0}),
        timeout: 5000,
        responseType: 'text',
        validateStatus: () => true,
    });
    if (answer.status < 200 || answer.status > 299) throw new Error(`status ${answer.status}`);
    up += 1;
}

async function work() {
    while (performance.now() < until) await probe();
}

await Promise.all(Array.from({length: Number(concurrency)}, work));
console.log(`${up} probes`);
