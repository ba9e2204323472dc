import { once } from 'node:events';
import { createServer as createTlsServer, connect as connectTls } from 'node:tls';
import { connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { makeCertificate } from './certificate.ts';
import { exchange, openStage, openTunnel, portOf, readAll, serveTcp } from './stage.ts';

/** A tunnel that must have been opened. */
function opened(test: Test, tunnel: Socket | string): Socket {
  if (typeof tunnel === 'string') throw new Error(`the tunnel was refused: ${tunnel}`);
  test.teardown(() => tunnel.destroy());
  return tunnel;
}

const echo = (socket: Socket): void => void socket.pipe(socket);

await t.test('a granted host and port', async (test) => {
  const { port } = await serveTcp(test, echo);
  const { egress, decisions, lookups } = await openStage(test, [`api.example.org:${port}`]);
  const tunnel = opened(test, await openTunnel(egress, `api.example.org:${port}`));
  tunnel.end('hello');
  test.equal(await readAll(tunnel), 'hello');
  test.same(lookups, ['api.example.org']);
  test.same(decisions, [
    {
      plugin: 'probe',
      host: 'api.example.org',
      port,
      allowed: true,
      reason: `granted by "api.example.org:${port}"`,
    },
  ]);
});

await t.test('spellings of a granted host', async (test) => {
  const { port } = await serveTcp(test, (socket) => socket.end('reached'));
  const { egress } = await openStage(test, [`api.example.org:${port}`, `xn--bcher-kva.example.org:${port}`]);
  for (const host of [
    'API.Example.Org',
    'api.example.org.',
    'api%2eexample.org',
    'xn--BCHER-kva.example.org',
  ]) {
    test.equal(await readAll(opened(test, await openTunnel(egress, `${host}:${port}`))), 'reached', host);
  }
});

await t.test('everything else is refused and never connected', async (test) => {
  const { port, connections } = await serveTcp(test, (socket) => socket.end('reached'), '127.0.0.1');
  const net = [`api.example.org:${port}`, `*.wild.example.org:${port}`, `inside.example.org:${port}`];
  const { egress, decisions } = await openStage(test, net);
  const spellings = `localhost localhost. LOCALHOST 127.0.0.1 127.1 0x7f.1 2130706433 017700000001 %31%32%37.0.0.1
    [::1] [::ffff:127.0.0.1] [::ffff:7f00:1] [64:ff9b::7f00:1] 0 0.0.0.0 [::] inside.example.org
    other.example.org wild.example.org 169.254.169.254 2852039166`;
  for (const host of spellings.split(/\s+/)) {
    const answer = await openTunnel(egress, `${host}:${port}`);
    test.match(answer, /^HTTP\/1\.1 403 Forbidden\r\n.*EGRESS_DENIED: .*permissions\.net/s, host);
  }
  for (const target of ['api.example.org:1', 'api.example.org:443']) {
    test.match(
      await openTunnel(egress, target),
      new RegExp(`^HTTP/1\\.1 403 .*Add "${target}"`, 's'),
      target,
    );
  }
  test.ok(decisions.every((decision) => !decision.allowed));
  test.same(connections, []);
});

await t.test('what is no host and port', async (test) => {
  const { egress } = await openStage(test, ['api.example.org:443']);
  for (const target of [
    'api.example.org',
    'api.example.org:0',
    'api.example.org:65536',
    '::1:443',
    'a@b:443',
    ':443',
  ]) {
    const answer = await exchange(egress, `CONNECT ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
    test.match(answer, /^HTTP\/1\.1 400 /, target);
  }
});

await t.test('the address that was checked is the one that is connected', async (test) => {
  const good = await serveTcp(test, (socket) => socket.end('good'), '127.0.0.2');
  const evil = await serveTcp(test, (socket) => socket.end('evil'), '127.0.0.1', good.port);
  const answers = [['127.0.0.2'], ['127.0.0.1'], ['127.0.0.2', '127.0.0.1'], ['127.0.0.2']];
  let asked = 0;
  const { egress } = await openStage(test, [`rebind.example.org:${good.port}`], {
    resolver: () => Promise.resolve(answers[asked++] ?? []),
  });
  const attempt = async (): Promise<string> => {
    const tunnel = await openTunnel(egress, `rebind.example.org:${good.port}`);
    return typeof tunnel === 'string' ? tunnel.slice(0, 12) : readAll(tunnel);
  };
  // One lookup for each connection: a second one would have got the next answer.
  test.equal(await attempt(), 'good');
  test.equal(await attempt(), 'HTTP/1.1 403');
  test.equal(await attempt(), 'HTTP/1.1 403');
  test.equal(await attempt(), 'good');
  test.equal(asked, 4);
  test.equal(good.connections.length, 2);
  test.equal(evil.connections.length, 0);
});

await t.test('an address that does not answer is followed by the next', async (test) => {
  const { port } = await serveTcp(test, (socket) => socket.end('second'), '127.0.0.3');
  const { egress } = await openStage(test, [`two.example.org:${port}`], {
    resolver: () => Promise.resolve(['127.0.0.2', '127.0.0.3']),
  });
  test.equal(await readAll(opened(test, await openTunnel(egress, `two.example.org:${port}`))), 'second');
});

await t.test('a host that cannot be reached', async (test) => {
  const { port } = await serveTcp(test, echo, '127.0.0.3');
  const net = [`api.example.org:${port}`, `nowhere.example.org:${port}`, `localhost:${port}`];
  const { egress } = await openStage(test, net);
  test.match(await openTunnel(egress, `api.example.org:${port}`), /^HTTP\/1\.1 502 .*ECONNREFUSED/s);
  test.match(await openTunnel(egress, `localhost:${port}`), /^HTTP\/1\.1 502 .*ECONNREFUSED/s);
  test.match(await openTunnel(egress, `nowhere.example.org:${port}`), /^HTTP\/1\.1 502 .*does not resolve/s);
});

await t.test('TLS reaches the granted name only', async (test) => {
  const certificate = await makeCertificate(test, 'api.example.org');
  const server = createTlsServer(certificate, (socket) => socket.end(`for ${String(socket.servername)}`));
  server.listen(0, '127.0.0.2');
  await once(server, 'listening');
  test.teardown(() => server.close());
  const port = portOf(server);
  const { egress, decisions } = await openStage(test, [`api.example.org:${port}`, `127.0.0.2:${port}`]);
  const handshake = async (host: string, servername: string): Promise<string> => {
    const socket = opened(test, await openTunnel(egress, `${host}:${port}`));
    const secure = connectTls({ socket, servername, rejectUnauthorized: false });
    return readAll(secure).catch((error: unknown) => String(error));
  };
  test.equal(await handshake('api.example.org', 'api.example.org'), 'for api.example.org');
  test.equal(await handshake('127.0.0.2', ''), 'for false');
  test.match(await handshake('api.example.org', 'other.example.org'), /unrecognized name/);
  test.match(decisions.at(-1), { allowed: false, port, reason: /asks for "other\.example\.org"/ });
  test.match(await handshake('api.example.org', ''), /unrecognized name/);
  test.match(await handshake('127.0.0.2', 'other.example.org'), /unrecognized name/);
});

await t.test('bytes sent before the answer are not lost', async (test) => {
  const { port } = await serveTcp(test, echo);
  const { egress } = await openStage(test, [`api.example.org:${port}`]);
  const head = `CONNECT api.example.org:${port} HTTP/1.1\r\n\r\n`;
  for (const early of ['', 'early', 'x'.repeat(1_000_000)]) {
    const socket = connect(egress.socketPath);
    socket.end(head + early);
    test.equal(await readAll(socket), `HTTP/1.1 200 Connection Established\r\n\r\n${early}`);
  }
});

await t.test('either side may end first', async (test) => {
  const { port } = await serveTcp(test, (socket) => {
    socket.write('server first;');
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('end', () => socket.end(`got ${text}`));
  });
  const quiet = await serveTcp(test, (socket) => socket.end('server ended'));
  const { egress } = await openStage(test, [`api.example.org:${port}`, `api.example.org:${quiet.port}`]);
  const tunnel = opened(test, await openTunnel(egress, `api.example.org:${port}`));
  tunnel.end('all');
  test.equal(await readAll(tunnel), 'server first;got all');

  const reversed = opened(test, await openTunnel(egress, `api.example.org:${quiet.port}`));
  test.equal(await readAll(reversed), 'server ended');
  const [server] = quiet.connections;
  test.ok(server);
  if (server === undefined) return;
  const late = readAll(server);
  reversed.end('x'.repeat(1_000_000));
  test.equal((await late).length, 1_000_000);
});

await t.test('a reader that does not read stops the writer', async (test) => {
  const { port, connections } = await serveTcp(test, (socket) => socket.pause());
  const { egress } = await openStage(test, [`api.example.org:${port}`]);
  const tunnel = opened(test, await openTunnel(egress, `api.example.org:${port}`));
  const chunk = Buffer.alloc(65_536);
  let sent = 0;
  // Kernel buffers of two sockets and two 64 KiB stream buffers; without a brake this never becomes false for long.
  while (sent < 64_000_000 && (tunnel.write(chunk) || (await drained(tunnel)))) sent += chunk.length;
  test.ok(sent < 64_000_000, `${sent} bytes were taken`);
  const [server] = connections;
  test.ok(server);
  if (server === undefined) return;
  const closed = new Promise((resolve) => {
    tunnel.on('error', () => tunnel.destroy()).on('close', resolve);
  });
  server.destroy();
  await closed;
});

/** Whether a socket takes more within half a second. */
async function drained(socket: Socket): Promise<boolean> {
  const signal = AbortSignal.timeout(500);
  return once(socket, 'drain', { signal }).then(
    () => true,
    () => false,
  );
}
