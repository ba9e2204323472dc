import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openEgress } from '../../../runtime/sandbox/egress/index.ts';
import { exchange, openStage, openTunnel, readAll, serveHttp, serveTcp } from './stage.ts';

async function folder(test: Test): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'egress-'));
  test.teardown(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function tunnelTo(test: Test, ...args: Parameters<typeof openTunnel>): Promise<Socket> {
  const tunnel = await openTunnel(...args);
  if (typeof tunnel === 'string') throw new Error(tunnel);
  test.teardown(() => tunnel.destroy());
  return tunnel;
}

/** A server that says nothing and ends when the other side does. */
function holdOpen(socket: Socket): void {
  socket.on('end', () => socket.end()).resume();
}

await t.test('the environment points to the door, and granted loopback is not kept inside', async (test) => {
  const socketPath = join(await folder(test), 's');
  const net = ['api.example.org:443', 'localhost:3000', '127.0.0.9:*', '[::1]:80', '*.localhost:80'];
  await using egress = await openEgress({ plugin: 'probe', net, socketPath });
  test.match(egress.env, {
    NEXUS_EGRESS_SOCKET: '/run/egress.sock',
    NEXUS_EGRESS_LOOPBACK: 'localhost:3000,127.0.0.9:*,[::1]:80',
    HTTP_PROXY: 'http://127.0.0.1:3128',
    https_proxy: 'http://127.0.0.1:3128',
    NO_PROXY: '127.0.0.1',
  });
  await access(egress.preload);
  test.equal((await stat(socketPath)).mode & 0o777, 0o600);
});

await t.test('bad grants and bad places are refused before anything is open', async (test) => {
  const dir = await folder(test);
  const plugin = 'probe';
  await test.rejects(openEgress({ plugin, net: ['0x7f.1:80'], socketPath: join(dir, 's') }), {
    code: 'PERMISSION_REFUSED',
  });
  const launchFailed = { code: 'SANDBOX_LAUNCH_FAILED' };
  await test.rejects(openEgress({ plugin, net: [], socketPath: join(dir, 'none/s') }), launchFailed);
  await test.rejects(openEgress({ plugin, net: [], socketPath: join(dir, 'x'.repeat(100)) }), launchFailed);
  await writeFile(join(dir, 'file'), 'precious');
  await test.rejects(openEgress({ plugin, net: [], socketPath: join(dir, 'file') }), launchFailed);
  test.equal((await stat(join(dir, 'file'))).size, 8);
});

await t.test('a socket left behind is replaced', async (test) => {
  const socketPath = join(await folder(test), 's');
  const program = `require('net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', program]);
  test.ok((await stat(socketPath)).isSocket());
  await using egress = await openEgress({ plugin: 'probe', net: [], socketPath });
  test.match(await openTunnel(egress, 'a.example.org:80'), /^HTTP\/1\.1 403 /);
});

await t.test('connections above the limit are told so, and freed ones can be used again', async (test) => {
  const { port } = await serveTcp(test, holdOpen);
  const http = await serveHttp(test, (_request, response) => response.end('ok'));
  const net = [`api.example.org:${port}`, `api.example.org:${http.port}`];
  const limits = { connections: 2 };
  const { egress } = await openStage(test, net, { limits });
  const first = await tunnelTo(test, egress, `api.example.org:${port}`);
  await tunnelTo(test, egress, `api.example.org:${port}`);
  test.match(
    await openTunnel(egress, `api.example.org:${port}`),
    /^HTTP\/1\.1 503 .*already has 2 connections/s,
  );
  const get = `GET http://api.example.org:${http.port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
  test.match(await exchange(egress, get), /^HTTP\/1\.1 503 /);
  first.destroy();
  let answer = await exchange(egress, get);
  // The proxy learns of the end a moment later.
  while (answer.startsWith('HTTP/1.1 503')) answer = await exchange(egress, get);
  test.match(answer, /^HTTP\/1\.1 200 /);
  for (let round = 0; round < 5; round += 1) test.match(await exchange(egress, get), /^HTTP\/1\.1 200 /);
});

await t.test('a connection on which nothing moves is ended', async (test) => {
  const { port, connections } = await serveTcp(test, holdOpen);
  const limits = { idleTimeoutMs: 200 };
  const { egress } = await openStage(test, [`api.example.org:${port}`], { limits });
  const tunnel = await tunnelTo(test, egress, `api.example.org:${port}`);
  test.equal(await readAll(tunnel), '');
  const silent = connect(egress.socketPath);
  silent.resume();
  await once(silent, 'close');
  const [server] = connections;
  test.ok(server);
  if (server && !server.closed) await once(server, 'close');
});

await t.test('a half-open tunnel gets less patience', async (test) => {
  const { port, connections } = await serveTcp(test, (socket) => socket.resume());
  const limits = { halfOpenTimeoutMs: 200 };
  const { egress } = await openStage(test, [`api.example.org:${port}`], { limits });
  const tunnel = await tunnelTo(test, egress, `api.example.org:${port}`);
  tunnel.end();
  test.equal(await readAll(tunnel), '');
  test.equal(connections.length, 1);
});

await t.test('a far side that does not accept', async (test) => {
  const program = `import socket, sys
s = socket.socket(); s.bind(('127.0.0.2', 0)); s.listen(0)
print(s.getsockname()[1], flush=True); sys.stdin.read()`;
  const child = spawn('/usr/bin/python3', ['-c', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  test.teardown(() => child.kill('SIGKILL'));
  const [line] = await once(child.stdout, 'data');
  const port = Number(line);
  // With a backlog of 0 one connection waits to be accepted, and the kernel leaves all others without an answer.
  const waiting = connect(port, '127.0.0.2');
  test.teardown(() => waiting.destroy());
  await once(waiting, 'connect');
  const { egress } = await openStage(test, [`api.example.org:${port}`], {
    limits: { connectTimeoutMs: 200 },
  });
  const answer = await openTunnel(egress, `api.example.org:${port}`);
  test.match(answer, /^HTTP\/1\.1 502 .*no connection within 200 ms/s);
});

await t.test('close does not wait for a resolver', async (test) => {
  const asked = Promise.withResolvers<string>();
  const { egress } = await openStage(test, ['slow.example.org:80'], {
    resolver: (host) => {
      asked.resolve(host);
      return new Promise(() => undefined);
    },
  });
  const socket = connect(egress.socketPath);
  socket.on('error', () => socket.destroy());
  socket.write('CONNECT slow.example.org:80 HTTP/1.1\r\n\r\n');
  test.equal(await asked.promise, 'slow.example.org');
  const closed = once(socket.resume(), 'close');
  await egress.close();
  await closed;
});

await t.test('close ends everything', async (test) => {
  const tcp = await serveTcp(test, holdOpen);
  const http = await serveHttp(test, (_request, response) => void response.write('begun'));
  const stage = await openStage(test, [`api.example.org:${tcp.port}`, `api.example.org:${http.port}`]);
  const { egress } = stage;
  const tunnel = await tunnelTo(test, egress, `api.example.org:${tcp.port}`);
  holdOpen(tunnel);
  const idle = connect(egress.socketPath);
  await once(idle, 'connect');
  const streaming = connect(egress.socketPath);
  streaming.write(`GET http://api.example.org:${http.port}/ HTTP/1.1\r\nHost: x\r\n\r\n`);
  await once(streaming, 'data');
  const all = [tunnel, idle, streaming, ...tcp.connections, ...http.connections];
  const ended = Promise.all(all.map((socket) => once(socket.on('error', () => undefined).resume(), 'close')));
  await Promise.all([egress.close(), egress.close(), egress[Symbol.asyncDispose]()]);
  await ended;
  await test.rejects(stat(egress.socketPath), { code: 'ENOENT' });
  await test.rejects(exchange(egress, ''), { code: 'ENOENT' });
});
