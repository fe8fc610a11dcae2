'use strict';

/*
 * What a careful team would write with Express and pg: a pool of ten
 * connections, named prepared queries, no ORM, ready JSON passed through.
 * It runs the very statements that the hub runs, so that only the service
 * around them is compared.  Settings that would cost Express time and that the
 * hub does not do (ETag of the body, X-Powered-By) are off.
 *
 *   PGHOST, PGDATABASE, PGUSER, PGOPTIONS as for libpq; prints "port N".
 */

const crypto = require('node:crypto');
const express = require('express');
const pg = require('pg');

const CONNECTIONS = 10;

const STATEMENT_GET =
    'SELECT status, body, team_id, event FROM api.monitor_get($1, $2)';
const STATEMENT_LIST =
    'SELECT status, body, team_id, event FROM api.monitor_list($1, $2)';

const pool = new pg.Pool({ max: CONNECTIONS, options: process.env.PGOPTIONS });

function credential(request) {
    const token = (request.get('authorization') ?? '').replace(/^Bearer /, '');
    return crypto.createHash('sha256').update(token).digest();
}

async function answer(response, name, text, values) {
    const { rows } = await pool.query({ name, text, values });
    response.status(rows[0].status).type('json').send(rows[0].body);
}

const app = express();
app.set('etag', false);
app.set('x-powered-by', false);

app.get('/api/v2/monitors/:id', (request, response) =>
    answer(response, 'monitor_get', STATEMENT_GET, [credential(request), request.params.id]));

app.get('/api/v2/monitors', (request, response) =>
    answer(response, 'monitor_list', STATEMENT_LIST,
        [credential(request), JSON.stringify(request.query)]));

const server = app.listen(0, '127.0.0.1', () => {
    console.log(`port ${server.address().port}`);
});
