// The health service of gRPC, well or badly: what it does depends on the
// service that is asked for.   node grpc_server.mjs plain|tls|old [CERTIFICATE KEY]
// (old: an HTTP/1.1 server)

import http2 from 'node:http2';
import https from 'node:https';
import { readFileSync } from 'node:fs';

const [mode, certificate, key] = process.argv.slice(2);

const frame = (...bytes) => Buffer.from([0, 0, 0, 0, bytes.length, ...bytes]);
const serving = frame(0x08, 1);

// [HTTP status, headers, message, trailers]; null: nothing at all.
const good = [200, {}, serving, { 'grpc-status': 0 }];
const behaviours = {
  '': good,
  good,
  padded: [200, {}, frame(0x12, 2, 1, 1, 0x18, 0x96, 1, 0x08, 1, 0x25, 1, 2, 3, 4), { 'grpc-status': 0 }],
  bad: [200, {}, frame(0x08, 2), { 'grpc-status': 0 }],
  new: [200, {}, frame(), { 'grpc-status': 0 }],
  strange: [200, { 'grpc-status': 5, 'grpc-message': 'no such service' }, null, null],
  old: [200, { 'grpc-status': 12 }, null, null],
  late: [200, {}, serving, { 'grpc-status': 13, 'grpc-message': 'changed its mind' }],
  noise: [200, {}, frame(0x08), { 'grpc-status': 0 }],
  short: [200, {}, serving.subarray(0, 6), { 'grpc-status': 0 }],
  html: [200, { 'content-type': 'text/html' }, Buffer.from('<p>'), null],
  mute: [200, {}, serving, null],
  missing: [404, {}, null, null],
  slow: null,
  endless: [200, {}, Buffer.alloc(1 << 20), { 'grpc-status': 0 }],
};

function behaviour(headers, body) {
  const service = body.length > 7 ? body.subarray(7).toString() : '';
  if (headers[':path'] !== '/grpc.health.v1.Health/Check' || headers.te !== 'trailers') {
    return [400, {}, null, null];
  }
  if (service === 'secret') {
    return [200, { 'grpc-status': 7, 'grpc-message': `you sent ${headers['x-token']}` }, null, null];
  }
  return service in behaviours ? behaviours[service] : [500, {}, null, null];
}

function respond(stream, [status, headers, message, trailers]) {
  stream.respond({ ':status': status, 'content-type': 'application/grpc', ...headers },
    { waitForTrailers: trailers !== null, endStream: message === null });
  if (trailers !== null) {
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  }
  if (message !== null) {
    stream.end(message);
  }
}

function create() {
  if (mode === 'plain') {
    return http2.createServer();
  }
  const identity = { cert: readFileSync(certificate), key: readFileSync(key) };
  return mode === 'tls'
    ? http2.createSecureServer(identity)
    : https.createServer(identity, (request, response) => response.end('page'));
}

const server = create();
server.on('stream', (stream, headers) => {
  const pieces = [];
  stream.on('error', () => {});
  stream.on('data', (piece) => pieces.push(piece));
  stream.on('end', () => {
    const what = behaviour(headers, Buffer.concat(pieces));
    if (what !== null) {
      respond(stream, what);
    }
  });
});
server.on('sessionError', () => {});
server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
