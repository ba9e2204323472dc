import { createServer } from 'node:http';
import t, { type Test } from 'tap';
import type { Era, JsonObject } from '../../../runtime/contract/plugins.ts';
import { RemoteChannel } from '../../../runtime/host/channel/remote-channel.ts';
import { Peer } from '../../../runtime/host/peer.ts';
import { shakeHands } from '../../../runtime/host/handshake.ts';
import { openHost, textOf } from '../../fixtures/host-stage.ts';
import { startRemote } from '../../fixtures/remote-server.ts';
import { metaKeys, modernVersion } from '../../fixtures/wire.ts';

const envelope = { [metaKeys.version]: modernVersion, [metaKeys.capabilities]: {} };

async function connect(t: Test, url: string, headers: Record<string, string> = {}) {
  const channel = new RemoteChannel({ plugin: 'r', url, headers, limitBytes: 100_000 });
  const peer = new Peer(channel);
  const closed: Error[] = [];
  await peer.open({
    request: () => Promise.resolve({}),
    notification: () => {},
    closed: (reason) => closed.push(reason),
  });
  t.teardown(() => peer.close(new Error('over')));
  return { channel, peer, closed };
}

async function open(t: Test, era: Era) {
  const remote = await startRemote(t, era);
  const connection = await connect(t, remote.url, { 'x-api-key': 'k' });
  await shakeHands(connection.peer, null, new AbortController().signal);
  return { remote, ...connection };
}

const call = (name: string, args: JsonObject = {}): JsonObject => ({
  name,
  arguments: args,
  _meta: { ...envelope },
});

await t.test(
  'a legacy server gets its session and the version in every header after the handshake',
  async (t) => {
    const { remote, peer } = await open(t, 'legacy');
    t.same(await peer.request('tools/call', { name: 'echo', arguments: { a: 1 } }).promise, {
      content: [{ type: 'text', text: '{"a":1}' }],
    });
    const last = remote.requests.at(-1);
    t.match(last?.headers, {
      'mcp-session-id': 's-1',
      'mcp-protocol-version': '2025-11-25',
      'x-api-key': 'k',
      accept: /application\/json.*text\/event-stream/,
    });
    t.notOk(last && 'mcp-method' in last.headers, 'nothing of the other era');
  },
);

await t.test('a modern server gets the headers that mirror the body', async (t) => {
  const { remote, peer } = await open(t, 'modern');
  await peer.request('tools/call', call('echo')).promise;
  t.match(remote.requests.at(-1)?.headers, {
    'mcp-protocol-version': modernVersion,
    'mcp-method': 'tools/call',
    'mcp-name': 'echo',
  });
  t.notOk(remote.requests.some(({ headers }) => 'mcp-session-id' in headers));
});

await t.test('an event stream: progress, then the answer', async (t) => {
  const { peer } = await open(t, 'legacy');
  const progress: JsonObject[] = [];
  const pending = peer.request('tools/call', { name: 'stream' }, (params) => progress.push(params));
  t.same(await pending.promise, { content: [{ type: 'text', text: 'streamed' }] });
  t.same(progress, [{ progress: 1 }]);
});

await t.test('giving up closes the stream of that very request and no other', async (t) => {
  const { remote, peer } = await open(t, 'modern');
  const arrived = remote.arrived('hold');
  const first = peer.request('tools/call', call('hold'));
  const received = await arrived;
  const next = remote.arrived('hold');
  const second = peer.request('tools/call', call('hold'));
  const other = await next;
  const rejected = t.rejects(first.promise, { message: 'enough' });
  first.cancel(new Error('enough'));
  await Promise.all([rejected, received.closed]);
  let isOver = false;
  void other.closed.then(() => (isOver = true));
  await peer.request('tools/call', call('echo')).promise;
  t.notOk(isOver);
  second.cancel(new Error('enough of this one too'));
  await t.rejects(second.promise);
});

await t.test('an HTTP error rejects its request and leaves the connection open', async (t) => {
  const { remote, peer, closed } = await open(t, 'legacy');
  const fail = (code: string, problem: RegExp): Promise<unknown> =>
    t.rejects(peer.request('tools/call', { name: 'echo' }).promise, { code, data: { plugin: 'r', problem } });
  for (const status of [400, 401, 403, 429, 500, 503]) {
    remote.override((_req, res) => res.writeHead(status).end('no'));
    await fail(status < 500 ? 'REMOTE_REFUSED' : 'REMOTE_LOST', /./);
  }
  remote.override((_req, res) => res.destroy());
  await fail('REMOTE_LOST', /^127\.0\.0\.1:\d+ broke off the connection \(UND_ERR_SOCKET\)$/);
  remote.override((_req, res) => res.writeHead(200, { 'content-type': 'text/html' }).end('<p>login</p>'));
  await fail('REMOTE_LOST', /Unexpected content type/);
  remote.override((_req, res) => res.writeHead(200, { 'content-type': 'application/json' }).end('{'));
  await fail('REMOTE_LOST', /JSON/);
  t.match(await peer.request('tools/call', { name: 'echo' }).promise, { content: [] });
  t.same(closed, []);
  await remote.close();
  // The first request finds out that the kept connection is gone.
  await peer.request('tools/call', { name: 'echo' }).promise.catch(() => {});
  await fail(
    'REMOTE_REFUSED',
    /^127\.0\.0\.1:\d+ cannot be reached: nothing listens there \(ECONNREFUSED\)$/,
  );
});

await t.test('a stream that ends without an answer fails its request, it does not hang', async (t) => {
  const { remote, peer } = await open(t, 'modern');
  remote.override((_req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.end(': nothing to say\n\n');
  });
  const ended = { code: 'REMOTE_LOST', message: /ended without an answer/ };
  await t.rejects(peer.request('tools/call', call('echo')).promise, ended);
  remote.override((_req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' }).write(': soon\n\n');
    setImmediate(() => res.destroy());
  });
  await t.rejects(peer.request('tools/call', call('echo')).promise, ended, 'broken off is ended too');
});

await t.test('a message over the limit breaks off, in a body or in a stream', async (t) => {
  const { remote, peer } = await open(t, 'modern');
  const flood = 'x'.repeat(65_536);
  for (const type of ['application/json', 'text/event-stream']) {
    let written = 0;
    remote.override((_req, res) => {
      res.writeHead(200, { 'content-type': type });
      const more = (): void => {
        while (!res.destroyed && written < 50_000_000) {
          written += flood.length;
          if (!res.write(flood)) return void res.once('drain', more);
        }
      };
      more();
    });
    const code = type === 'application/json' ? 'OUTPUT_TOO_LARGE' : 'REMOTE_LOST';
    await t.rejects(peer.request('tools/call', call('echo')).promise, { code }, type);
    t.ok(written < 20_000_000, `the server could write ${written} bytes`);
  }
  remote.override((_req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    for (let event = 0; event < 10; event++) res.write(`: ${'y'.repeat(90_000)}\n\n`);
    const answer = { jsonrpc: '2.0', id: remote.requests.at(-1)?.body['id'], result: { long: true } };
    res.end(`data: ${JSON.stringify(answer)}\n\n`);
  });
  t.same(
    await peer.request('tools/call', call('echo')).promise,
    { long: true },
    'a stream may be longer in all',
  );
});

await t.test(
  'a server that forgot the session ends the connection, so that the next call opens a new one',
  async (t) => {
    const { remote, peer, closed } = await open(t, 'legacy');
    const held = peer.request('tools/call', { name: 'hold' });
    const lost = t.rejects(held.promise, { code: 'REMOTE_LOST', message: /forgot the session/ });
    await remote.arrived('hold');
    remote.forgetSessions();
    await t.rejects(peer.request('tools/call', { name: 'echo' }).promise, {
      code: 'REMOTE_REFUSED',
      message: /forgot the session/,
    });
    await lost;
    t.equal(closed.length, 1);

    const again = await startRemote(t, 'legacy');
    const stage = await openHost(t, { r: { source: { url: again.url } } });
    again.forgetSessions();
    await t.rejects(stage.call('r', 'echo'), { message: /forgot the session/ });
    t.equal(textOf(await stage.call('r', 'echo', { a: 1 })), '{"a":1}', 'the plugin has a new session');
  },
);

await t.test('headers never follow a redirect to another origin', async (t) => {
  const secrets: unknown[] = [];
  const thief = createServer((req, res) => {
    secrets.push(req.headers['x-api-key'], req.headers.authorization);
    res.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => thief.listen(0, '127.0.0.1', resolve));
  t.teardown(() => thief.close());
  const address = thief.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const remote = await startRemote(t, 'legacy');
  const { peer } = await connect(t, remote.url, { 'x-api-key': 'k', authorization: 'Bearer t' });
  for (const status of [301, 302, 303, 307, 308]) {
    for (const location of [
      `http://127.0.0.1:${port}/mcp`,
      `//127.0.0.1:${port}/`,
      `http://localhost:${port}/`,
    ]) {
      remote.override((_req, res) => res.writeHead(status, { location }).end());
      await t.rejects(peer.request('tools/call', { name: 'echo' }).promise, { code: 'REMOTE_REFUSED' });
    }
  }
  t.same(secrets, [], 'the other origin was never asked');
});

await t.test('after close() nothing is delivered and nothing is thrown', async (t) => {
  const { remote, channel, peer, closed } = await open(t, 'legacy');
  const arrived = remote.arrived('hold');
  const pending = peer.request('tools/call', { name: 'hold' });
  const rejected = t.rejects(pending.promise, { message: 'stopping' });
  const received = await arrived;
  await peer.close(new Error('stopping'));
  await rejected;
  await received.closed;
  await channel.close();
  t.equal(closed.length, 1);
});
