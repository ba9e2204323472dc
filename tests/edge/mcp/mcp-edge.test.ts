import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { openEdge } from '../../fixtures/edge-stage.ts';
import { callModern, Exchange, LegacySession, modernParams } from '../../fixtures/mcp-http.ts';
import { modernVersion } from '../../fixtures/wire.ts';

const stage = await openEdge(t, { p: {} });
const mebibyte = 1_048_576;
const params = modernParams({ name: 'p__echo', arguments: { word: 'not-to-be-sent' } });
const call = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
const modern = { 'mcp-protocol-version': modernVersion, 'mcp-method': 'tools/call', 'mcp-name': 'p__echo' };
const initialize = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
});
/** The call, made as long as wanted. */
function filled(bytes: number): Buffer {
  const word = 'not-to-be-sent';
  return Buffer.from(call.replace(word, 'x'.repeat(bytes - call.length + word.length)));
}

const ways = [
  [call, modern],
  [initialize, {}],
] as const;

await t.test('no token, or another one: 401, in either era and with every method', async (t) => {
  const wrong = [
    null,
    '',
    'Bearer',
    'Bearer wrong',
    `Basic ${stage.token}`,
    `bearer ${stage.token}x`,
    stage.token,
  ];
  for (const [body, headers] of ways) {
    for (const authorization of wrong) {
      const exchange = new Exchange(stage, body, { headers: { ...headers, authorization } });
      t.equal(await exchange.status(), 401, String(authorization));
      t.equal((await exchange.headers())['www-authenticate'], 'Bearer');
      t.match(await exchange.text(), /"jsonrpc":"2.0","id":null,"error":.*UNAUTHORIZED/);
    }
  }
  for (const method of ['GET', 'DELETE', 'PUT']) {
    const exchange = new Exchange(stage, null, { method, headers: { authorization: null } });
    t.equal(await exchange.status(), 401, method);
  }
});

await t.test('a Host or an Origin that is not ours: 403, token or not', async (t) => {
  const foreign = [
    { host: 'evil.example' },
    { host: 'evil.example:4700' },
    { host: '127.0.0.1.evil.example' },
    { host: 'localhost.evil.example' },
    { origin: 'https://evil.example' },
    { origin: 'http://127.0.0.1.evil.example' },
    { origin: 'null' },
    { origin: 'file://' },
  ];
  for (const [body, headers] of ways) {
    for (const header of foreign) {
      for (const authorization of [`Bearer ${stage.token}`, null]) {
        const exchange = new Exchange(stage, body, { headers: { ...headers, ...header, authorization } });
        t.equal(await exchange.status(), 403, JSON.stringify(header));
        t.match(await exchange.text(), 'ORIGIN_REFUSED');
      }
    }
  }
  const { port } = new URL(stage.url);
  const ours = [
    { host: `localhost:${port}` },
    { host: `[::1]:${port}` },
    { origin: 'http://localhost:3000' },
  ];
  for (const header of ours) {
    const exchange = new Exchange(stage, initialize, { headers: header });
    t.equal(await exchange.status(), 200, JSON.stringify(header));
  }
});

await t.test('a body that is not declared as JSON: 415', async (t) => {
  for (const type of [
    null,
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'text/json',
    'multipart/form-data; application/json',
  ]) {
    for (const [body, headers] of ways) {
      const exchange = new Exchange(stage, body, { headers: { ...headers, 'content-type': type } });
      t.equal(await exchange.status(), 415, String(type));
    }
  }
  for (const type of ['application/json; charset=utf-8', 'Application/JSON', 'application/json ;charset=x']) {
    t.equal(await new Exchange(stage, initialize, { headers: { 'content-type': type } }).status(), 200, type);
  }
});

await t.test('what is not JSON: 400 and a parse error', async (t) => {
  for (const body of ['', '{', 'not json', '\0', '{"a":1}{"b":2}', Buffer.from([0xff, 0xfe])]) {
    const exchange = new Exchange(stage, body, { headers: modern });
    t.equal(await exchange.status(), 400, String(body));
    t.match(await exchange.text(), '"code":-32700');
  }
});

await t.test(
  'more than 4 MiB: 413, whether it is announced or not, and it is not read to its end',
  async (t) => {
    const fits = new Exchange(stage, filled(4 * mebibyte), { headers: modern });
    t.equal(await fits.status(), 200);
    const large = new Exchange(stage, filled(4 * mebibyte + 1), { headers: modern });
    t.equal(await large.status(), 413);
    t.match(await large.text(), 'Content Too Large');

    const { hostname, port } = new URL(stage.url);
    const socket = connect(Number(port), hostname);
    t.teardown(() => socket.destroy());
    socket.on('error', () => {});
    socket.write(
      `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${stage.token}\r\n` +
        'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    const chunk = 'x'.repeat(65_536);
    for (let sent = 0; sent < 5 * mebibyte; sent += chunk.length) socket.write(`10000\r\n${chunk}\r\n`);
    t.match(await text(socket), /^HTTP\/1\.1 413 /, 'and the connection is closed');
  },
);

await t.test('a client that breaks off in the middle of its body disturbs nobody', async (t) => {
  const { hostname, port } = new URL(stage.url);
  for (let time = 0; time < 5; time++) {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    socket.write(
      `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${stage.token}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"jsonrpc":',
    );
    await new Promise((resolve) => setTimeout(resolve, 5));
    socket.resetAndDestroy();
  }
  t.match(await callModern(stage, 'p__echo').answer(), { result: {} });
});

await t.test('methods other than POST, GET and DELETE, and GET or DELETE without a session', async (t) => {
  for (const method of ['PUT', 'PATCH', 'HEAD', 'GET', 'DELETE', 'OPTIONS']) {
    const exchange = new Exchange(stage, null, { method });
    const status = await exchange.status();
    t.ok(status >= 400 && status < 500, `${method}: ${status}`);
  }
});

await t.test('JSON that is no message of either era: an error, not a crash', async (t) => {
  const bodies = [
    'null',
    '7',
    '"text"',
    '[]',
    '[1]',
    '{}',
    '{"jsonrpc":"2.0"}',
    '{"jsonrpc":"2.0","id":1,"method":7}',
  ];
  for (const body of bodies) {
    for (const headers of [{}, modern, { 'mcp-session-id': 'nothing' }]) {
      const exchange = new Exchange(stage, body, { headers });
      const status = await exchange.status();
      t.ok(status >= 400 && status < 500, `${body}: ${status}`);
      await exchange.text();
    }
  }
  t.match(await callModern(stage, 'p__echo').answer(), { result: {} });
});

await t.test('nothing that was refused has reached the plugin', async (t) => {
  t.notMatch(JSON.stringify(await stage.journal('p')), 'not-to-be-sent');
});

await t.test(
  'both eras at once, and a session id that comes with a modern request is not looked at',
  async (t) => {
    const session = await LegacySession.open(stage);
    t.match(await session.ask('tools/call', { name: 'p__echo', arguments: { a: 1 } }), {
      result: { content: [{}] },
    });
    const mixed = callModern(stage, 'p__echo', { a: 2 }, { headers: { 'mcp-session-id': session.id } });
    t.match(await mixed.answer(), { result: { resultType: 'complete' } });
    t.notOk('mcp-session-id' in (await mixed.headers()));
  },
);
