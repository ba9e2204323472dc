import { once } from 'node:events';
import { Agent, type IncomingMessage, request as httpRequest, type RequestOptions } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import t from 'tap';
import type { Egress } from '../../../runtime/sandbox/egress/index.ts';
import { exchange, openStage, serveHttp, serveTcp } from './stage.ts';

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Asks the proxy for a URL, as every HTTP client with a proxy does. */
async function ask(egress: Egress, url: string, options: RequestOptions = {}, body = ''): Promise<Answer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    httpRequest({ socketPath: egress.socketPath, path: url, ...options }, resolve)
      .on('error', reject)
      .end(body);
  });
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

await t.test('a granted URL', async (test) => {
  const { port } = await serveHttp(test, (request, response) => {
    response.writeHead(201, { 'x-answer': 'yes', 'set-cookie': ['a=1', 'b=2'] });
    response.write(`${request.method} ${request.url} `);
    request.pipe(response);
  });
  const { egress } = await openStage(test, [`api.example.org:${port}`]);
  const answer = await ask(egress, `http://api.example.org:${port}/a/../b%2f?c=d`, { method: 'PUT' }, 'body');
  test.match(answer, { status: 201, headers: { 'x-answer': 'yes', 'set-cookie': ['a=1', 'b=2'] } });
  test.equal(answer.body, 'PUT /a/../b%2f?c=d body');
  test.equal((await ask(egress, `http://api.example.org:${port}?q`)).body, 'GET /?q ');
  test.match(await ask(egress, `http://api.example.org:${port}/`, { method: 'HEAD' }), {
    status: 201,
    body: '',
  });
});

await t.test('the site is the one that was checked, whatever the Host header says', async (test) => {
  const { port } = await serveHttp(test, (request, response) => {
    response.end(JSON.stringify(request.rawHeaders));
  });
  const { egress } = await openStage(test, [`api.example.org:${port}`]);
  const head = `GET http://API.example.org.:${port}/ HTTP/1.1\r\nHost: other.example.org\r\nConnection: close`;
  const answer = await exchange(egress, `${head}\r\n\r\n`);
  test.match(answer, `["Host","api.example.org:${port}","Connection","close"]`);
});

await t.test('headers of one connection stay there', async (test) => {
  const { port } = await serveHttp(test, (request, response) => {
    response.writeHead(200, {
      connection: 'x-hop',
      'x-hop': '1',
      'x-end': '2',
      upgrade: 'h2c',
      'proxy-x': '3',
    });
    response.end(JSON.stringify(request.headers));
  });
  const { egress } = await openStage(test, [`api.example.org:${port}`]);
  const answer = await ask(egress, `http://api.example.org:${port}/`, {
    headers: Object.fromEntries([
      ['connection', 'keep-alive, X-Secret-Hop'],
      ...['x-secret-hop', 'keep-alive', 'te', 'proxy-authorization', 'proxy-connection', 'upgrade'].map(
        (name) => [name, 'x'],
      ),
      ['expect', '100-continue'],
      ['authorization', 'Bearer x'],
    ]),
  });
  const host = `api.example.org:${port}`;
  test.same(JSON.parse(answer.body), { host, authorization: 'Bearer x', connection: 'close' });
  test.match(answer.headers, { 'x-end': '2', 'x-hop': undefined, upgrade: undefined, 'proxy-x': '3' });
});

await t.test('bodies of unknown length', async (test) => {
  const { port } = await serveHttp(test, (request, response) => void request.pipe(response));
  const { egress } = await openStage(test, [`api.example.org:${port}`]);
  const body = 'x'.repeat(300_000);
  const options = { method: 'POST', headers: { 'transfer-encoding': 'chunked' } };
  test.equal((await ask(egress, `http://api.example.org:${port}/`, options, body)).body, body);
});

await t.test('a connection to the proxy serves several hosts, each checked', async (test) => {
  const first = await serveHttp(test, (_request, response) => response.end('first'), '127.0.0.2');
  const second = await serveHttp(test, (_request, response) => response.end('second'), '127.0.0.3');
  const net = [`api.example.org:${first.port}`, `other.example.org:${second.port}`];
  const { egress } = await openStage(test, net);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  test.teardown(() => {
    agent.destroy();
  });
  test.equal((await ask(egress, `http://api.example.org:${first.port}/`, { agent })).body, 'first');
  test.equal((await ask(egress, `http://other.example.org:${second.port}/`, { agent })).body, 'second');
  test.equal((await ask(egress, `http://other.example.org:${first.port}/`, { agent })).status, 403);
});

await t.test('a redirect is a new request, and checked like one', async (test) => {
  const inside = await serveHttp(test, (_request, response) => response.end('secret'), '127.0.0.1');
  const targets = ['other.example.org', 'inside.example.org', '127.0.0.1', 'localhost', '0x7f.1']
    .map((host) => `http://${host}:${inside.port}/`)
    .concat('http://169.254.169.254/latest/meta-data/');
  const { port } = await serveHttp(test, (request, response) => {
    response.writeHead(302, { location: targets[Number(request.url?.slice(1))] }).end();
  });
  const { egress } = await openStage(test, [`api.example.org:${port}`, `inside.example.org:${inside.port}`]);
  for (const [index, target] of targets.entries()) {
    const { status, headers } = await ask(egress, `http://api.example.org:${port}/${index}`);
    test.equal(status, 302, 'the proxy does not follow it');
    test.equal(headers.location, target);
    test.match(await ask(egress, target), { status: 403, body: /EGRESS_DENIED/ }, target);
  }
  test.same(inside.connections, []);
});

await t.test('refusals name what was refused and the key to add', async (test) => {
  const { egress } = await openStage(test, ['api.example.org:443', 'inside.example.org:80']);
  test.match(await ask(egress, 'http://other.example.org/x'), {
    status: 403,
    body: /^EGRESS_DENIED: Plugin "probe" may not connect to other\.example\.org:80: .*Add "other\.example\.org:80" to permissions\.net/,
  });
  test.match(await ask(egress, 'http://inside.example.org/'), {
    status: 403,
    body: /resolves to 127\.0\.0\.1, a loopback address\. .*"127\.0\.0\.1:80" to permissions\.net/,
  });
});

await t.test('requests that are no proxy requests', async (test) => {
  const { egress } = await openStage(test, ['api.example.org:80']);
  const targets = `/ * https://api.example.org/ ftp://api.example.org/ http:/api.example.org/ http:// http://:80/
    http://user@api.example.org/ http://api.example.org\\@other.example.org/ http://api.example.org:99999/
    http://[::1/ http://a..b/`;
  for (const target of targets.split(/\s+/)) {
    test.match(await ask(egress, target), { status: 400 }, target);
  }
  test.match(await exchange(egress, 'nonsense\r\n\r\n'), /^HTTP\/1\.1 400 /);
  const large = `GET http://api.example.org/ HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`;
  test.match(await exchange(egress, large), /^HTTP\/1\.1 431 /);
  const smuggled =
    'POST http://api.example.org/ HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n';
  test.match(await exchange(egress, `${smuggled}0\r\n\r\n`), /^HTTP\/1\.1 400 /);
});

await t.test('answers that Node reads and would not write', async (test) => {
  const answers = ['HTTP/1.1 000 x', 'HTTP/1.1 099 x', 'HTTP/1.1 200 a\u0001b'];
  let asked = 0;
  const { port } = await serveTcp(test, (socket) => {
    const answer = `${answers[asked++] ?? ''}\r\nContent-Length: 0\r\n\r\n`;
    socket.once('data', () => socket.end(answer));
  });
  const { egress } = await openStage(test, [`api.example.org:${port}`]);
  test.match(await ask(egress, `http://api.example.org:${port}/`), {
    status: 502,
    body: /Invalid status code/,
  });
  test.match(await ask(egress, `http://api.example.org:${port}/`), {
    status: 502,
    body: /Invalid status code/,
  });
  test.match(await ask(egress, `http://api.example.org:${port}/`), { status: 200, body: '' });
});

await t.test('a plugin that goes away takes its request along', async (test) => {
  const begun = Promise.withResolvers<undefined>();
  const { port, connections } = await serveHttp(test, (_request, response) => {
    response.write('begun');
    begun.resolve(undefined);
  });
  const { egress } = await openStage(test, [`api.example.org:${port}`]);
  const socket = connect(egress.socketPath);
  socket.write(`GET http://api.example.org:${port}/ HTTP/1.1\r\nHost: x\r\n\r\n`);
  await begun.promise;
  const [server] = connections;
  test.ok(server);
  if (server === undefined) return;
  const closed = once(server, 'close');
  socket.destroy();
  await closed;
});

await t.test('answers that break off do not look complete', async (test) => {
  const broken = await serveTcp(test, (socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', () => socket.destroy());
    });
  });
  const dumb = await serveTcp(test, (socket) => socket.once('data', () => socket.end('no HTTP')));
  const switching = await serveTcp(test, (socket) =>
    socket.once('data', () =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
    ),
  );
  const ports = [broken.port, dumb.port, switching.port].map((port) => `api.example.org:${port}`);
  const { egress } = await openStage(test, ports);
  await test.rejects(ask(egress, `http://${ports[0]}/`), { code: 'ECONNRESET' });
  test.match(await ask(egress, `http://${ports[1]}/`), { status: 502 });
  test.match(await ask(egress, `http://${ports[2]}/`), { status: 502 });
});
