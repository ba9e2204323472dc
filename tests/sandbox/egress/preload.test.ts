import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import t, { type Test } from 'tap';
import { makeCertificate } from './certificate.ts';
import { openStage, portOf, runInSandbox, serveHttp, serveTcp, type Ending, type Stage } from './stage.ts';

/** Runs the body of an async function under the preload, in a sandbox without network. */
async function runNode(test: Test, stage: Stage, body: string, flags: string[] = []): Promise<Ending> {
  const script = `(async () => {${body}})().catch((error) => { console.error(error.code, error.cause?.code, error.cause?.message ?? error.message); process.exitCode = 1; });`;
  const args = ['--require', stage.egress.preload, ...flags, '--eval', script];
  return runInSandbox(test, stage.egress, process.execPath, args);
}

await t.test('fetch of a granted name', async (test) => {
  const { port } = await serveHttp(test, (request, response) => {
    response.end(`${request.headers.host} ${request.url}`);
  });
  const stage = await openStage(test, [`api.example.org:${port}`]);
  const url = `http://api.example.org:${port}/a?b=c`;
  const ending = await runNode(test, stage, `console.log(await (await fetch('${url}')).text());`);
  test.match(ending, { code: 0, stdout: `api.example.org:${port} /a?b=c\n`, stderr: '' });
});

await t.test('fetch of a name that is not granted says which key to add', async (test) => {
  const stage = await openStage(test, ['api.example.org:443']);
  const ending = await runNode(test, stage, `await fetch('http://other.example.org/');`);
  test.equal(ending.code, 1);
  test.match(ending.stderr, /EACCES EGRESS_DENIED: .*other\.example\.org:80.*permissions\.net/);
});

await t.test('a redirect that fetch follows is checked like every request', async (test) => {
  const inside = await serveHttp(test, (_request, response) => response.end('secret'), '127.0.0.1');
  const { port } = await serveHttp(test, (request, response) => {
    const location = request.url === '/good' ? '/end' : `http://127.0.0.1:${inside.port}/`;
    if (request.url === '/end') response.end('followed');
    else response.writeHead(302, { location }).end();
  });
  const stage = await openStage(test, [`api.example.org:${port}`, `inside.example.org:${inside.port}`]);
  const get = `const get = async (path) => console.log(await (await fetch('http://api.example.org:${port}' + path)).text());`;
  const good = await runNode(test, stage, `${get} await get('/good');`);
  test.match(good, { code: 0, stdout: 'followed\n', stderr: '' });
  // The sandbox's own loopback, where nobody listens; the proxy would not have gone there either.
  const bad = await runNode(test, stage, `${get} await get('/bad');`);
  test.match(bad, { code: 1, stdout: '', stderr: /ECONNREFUSED/ });
  const named = await runNode(test, stage, `await fetch('http://inside.example.org:${inside.port}/');`);
  test.match(named, { code: 1, stdout: '', stderr: /EACCES EGRESS_DENIED: .*loopback/ });
  test.same(inside.connections, []);
});

await t.test('https, tls and fetch', async (test) => {
  const certificate = await makeCertificate(test, 'api.example.org');
  const server = createHttpsServer(certificate, (request, response) => {
    response.end(`${request.headers.host}`);
  }).listen(0, '127.0.0.2');
  await once(server, 'listening');
  test.teardown(() => server.close());
  const port = portOf(server);
  const stage = await openStage(test, [`api.example.org:${port}`]);
  const url = `https://api.example.org:${port}/`;
  const trust = `const ca = ${JSON.stringify(certificate.cert)};`;

  const https = await runNode(
    test,
    stage,
    `${trust} require('node:https').get('${url}', { ca, agent: false }, (answer) => { console.log(answer.socket.authorized, answer.socket.servername); answer.pipe(process.stdout); });`,
  );
  test.match(https, { code: 0, stdout: `true api.example.org\napi.example.org:${port}`, stderr: '' });

  const tls = await runNode(
    test,
    stage,
    `${trust} const s = require('node:tls').connect({ host: 'api.example.org', port: ${port}, servername: 'api.example.org', ca }); s.end('GET / HTTP/1.0\\r\\nHost: early\\r\\n\\r\\n'); s.pipe(process.stdout);`,
  );
  test.match(tls, { code: 0, stdout: /\r\n\r\nearly$/, stderr: '' });

  const fetched = await runNode(
    test,
    stage,
    `require('node:tls').setDefaultCACertificates([${JSON.stringify(certificate.cert)}]); console.log(await (await fetch('${url}')).text());`,
  );
  test.match(fetched, { code: 0, stdout: `api.example.org:${port}\n`, stderr: '' });

  const wrong = await runNode(
    test,
    stage,
    `${trust} require('node:https').get('${url}', { ca, agent: false, servername: 'other.example.org' }).on('error', (e) => console.log(e.message));`,
  );
  test.match(wrong.stdout, /unrecognized name/);
  test.match(stage.decisions.at(-1), {
    allowed: false,
    host: 'api.example.org',
    reason: /other\.example\.org/,
  });
});

await t.test('a protocol in which the server speaks first', async (test) => {
  const { port } = await serveTcp(test, (socket) => {
    socket.write('ready\n');
    socket.on('data', (chunk) => socket.write(chunk.toString().toUpperCase()));
    socket.on('end', () => socket.end('bye\n'));
  });
  const stage = await openStage(test, [`api.example.org:${port}`]);
  const ending = await runNode(
    test,
    stage,
    `const s = require('node:net').connect(${port}, 'api.example.org', () => console.log('open', s.connecting, s.pending));
     s.setNoDelay(true); s.setKeepAlive(true, 1000); s.setTimeout(60000);
     s.once('data', (first) => { process.stdout.write(first); s.on('data', (d) => process.stdout.write(d)); s.end('query\\n'); });`,
  );
  test.match(ending, { code: 0, stdout: 'open false false\nready\nQUERY\nbye\n', stderr: '' });
});

await t.test('http2, and https connections that are kept and resumed', async (test) => {
  const certificate = await makeCertificate(test, 'api.example.org');
  const server = createSecureServer({ ...certificate, allowHTTP1: true }, (request, response) => {
    const socket = request.stream?.session?.socket ?? request.socket;
    const isReused = 'isSessionReused' in socket && socket.isSessionReused();
    response.end(`${request.httpVersion} ${isReused ? 'resumed' : 'new'}`);
  }).listen(0, '127.0.0.2');
  await once(server, 'listening');
  test.teardown(() => server.close());
  const port = portOf(server);
  const stage = await openStage(test, [`api.example.org:${port}`]);
  const url = `https://api.example.org:${port}/`;
  const trust = `const ca = ${JSON.stringify(certificate.cert)};`;

  const http2 = await runNode(
    test,
    stage,
    `${trust} const session = require('node:http2').connect('${url}', { ca });
     const stream = session.request({ ':path': '/' }); stream.pipe(process.stdout); stream.on('end', () => session.close());`,
  );
  test.match(http2, { code: 0, stdout: '2.0 new', stderr: '' });

  const get = `const get = () => new Promise((resolve, reject) => https.get('${url}', { ca, agent }, (answer) => {
       answer.setEncoding('utf8').on('data', (text) => console.log(text, answer.socket.localPort === port)).on('end', resolve);
     }).on('error', reject));`;
  const kept = await runNode(
    test,
    stage,
    `${trust} const https = require('node:https'); let port; const sockets = new Set();
     const agent = new https.Agent({ keepAlive: true, maxSockets: 1 }); ${get}
     agent.on('free', (socket) => sockets.add(socket));
     for (let i = 0; i < 3; i++) await get();
     console.log(sockets.size); agent.destroy();`,
  );
  test.match(kept, { code: 0, stdout: '1.1 new true\n1.1 new true\n1.1 new true\n1\n', stderr: '' });

  const resumed = await runNode(
    test,
    stage,
    `${trust} const https = require('node:https'); let port;
     const agent = new https.Agent({ keepAlive: false }); ${get}
     for (let i = 0; i < 3; i++) await get();`,
  );
  test.match(resumed, { code: 0, stdout: '1.1 new true\n1.1 resumed true\n1.1 resumed true\n', stderr: '' });
});

await t.test('sockets that are written to, ended or reused at unusual times', async (test) => {
  const { port } = await serveTcp(test, (socket) => {
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('end', () => socket.end(`got ${text}\n`));
  });
  const stage = await openStage(test, [`api.example.org:${port}`]);
  const ending = await runNode(
    test,
    stage,
    `const { Socket, connect } = require('node:net'); const { once } = require('node:events');
     const early = connect({ port: ${port}, host: 'api.example.org' }); early.write('a'); early.end('b');
     early.pipe(process.stdout, { end: false }); await once(early, 'close');
     const reused = new Socket(); reused.setEncoding('utf8'); reused.on('data', (text) => process.stdout.write(text));
     for (const word of ['c', 'd']) { reused.connect('${port}', 'api.example.org', () => reused.end(word)); await once(reused, 'close'); }`,
  );
  test.match(ending, { code: 0, stdout: 'got ab\ngot c\ngot d\n', stderr: '' });
});

await t.test('modules and worker threads', async (test) => {
  const { port } = await serveHttp(test, (_request, response) => response.end('ok'));
  const stage = await openStage(test, [`api.example.org:${port}`]);
  const ending = await runNode(
    test,
    stage,
    `const { lookup } = await import('node:dns'); const { lookup: promised } = await import('node:dns/promises');
     lookup('api.example.org', (error, address) => console.log(error, address));
     console.log((await promised('api.example.org')).address);
     new (require('node:worker_threads').Worker)("fetch('http://api.example.org:${port}/').then((a) => a.text()).then(console.log)", { eval: true });`,
  );
  test.match(ending, { code: 0, stdout: '198.18.0.1\nnull 198.18.0.1\nok\n', stderr: '' });
});

await t.test('a large body is carried whole, both ways', async (test) => {
  const { port } = await serveHttp(test, (request, response) => void request.pipe(response));
  const stage = await openStage(test, [`api.example.org:${port}`]);
  const ending = await runNode(
    test,
    stage,
    `const body = require('node:crypto').randomBytes(5_000_000);
     const answer = await fetch('http://api.example.org:${port}/', { method: 'POST', body });
     console.log(Buffer.from(await answer.arrayBuffer()).equals(body));`,
  );
  test.match(ending, { code: 0, stdout: 'true\n', stderr: '' });
});

await t.test('a lookup before the connection', async (test) => {
  const { port } = await serveHttp(test, (request, response) => response.end(request.headers.host));
  const stage = await openStage(test, [`api.example.org:${port}`]);
  const ending = await runNode(
    test,
    stage,
    `const dns = require('node:dns');
     const { address } = await dns.promises.lookup('api.example.org');
     const again = await require('node:util').promisify(dns.lookup)('API.example.org.', { all: true });
     console.log(address === again[0].address, again.length);
     require('node:http').get({ host: address, port: ${port}, headers: { host: 'api.example.org' } }, (a) => a.pipe(process.stdout));`,
  );
  test.match(ending, { code: 0, stdout: 'true 1\napi.example.org', stderr: '' });
  test.match(stage.decisions, [{ host: 'api.example.org', allowed: true }]);
});

await t.test('loopback inside stays inside, granted loopback goes out', async (test) => {
  const { port } = await serveHttp(test, (_request, response) => response.end('outside'), '127.0.0.1');
  const stage = await openStage(test, [`localhost:${port}`]);
  const ending = await runNode(
    test,
    stage,
    `const inner = require('node:http').createServer((q, r) => r.end('inside')).listen(0, '127.0.0.1', async () => {
       console.log(await (await fetch('http://127.0.0.1:' + inner.address().port)).text());
       console.log(await (await fetch('http://localhost:${port}')).text());
       inner.closeAllConnections(); inner.close();
     });`,
  );
  test.match(ending, { code: 0, stdout: 'inside\noutside\n', stderr: '' });
});

await t.test('a proxy client finds the proxy without a forwarder', async (test) => {
  const { port } = await serveHttp(test, (request, response) => response.end(request.url));
  const stage = await openStage(test, [`api.example.org:${port}`]);
  const ending = await runNode(
    test,
    stage,
    `const proxy = new URL(process.env.HTTP_PROXY);
     require('node:http').get({ host: proxy.hostname, port: proxy.port, path: 'http://api.example.org:${port}/x' }, (a) => a.pipe(process.stdout));`,
  );
  test.match(ending, { code: 0, stdout: '/x', stderr: '' });
});

await t.test('a socket that is destroyed while it connects', async (test) => {
  const { port } = await serveTcp(test, (socket) => socket.end());
  const stage = await openStage(test, [`api.example.org:${port}`]);
  const ending = await runNode(
    test,
    stage,
    `const s = require('node:net').connect(${port}, 'api.example.org', () => console.log('never'));
     s.on('close', () => console.log('closed')); s.destroy();
     const c = new AbortController(); const a = require('node:net').connect({ port: ${port}, host: 'api.example.org', signal: c.signal });
     a.on('error', (e) => console.log(e.name)); setImmediate(() => c.abort());`,
  );
  test.match(ending, { code: 0, stdout: 'closed\nAbortError\n', stderr: '' });
});

function never(): Promise<string[]> {
  return new Promise(() => undefined);
}

await t.test('a connection that is given up does not keep the process', async (test) => {
  const stage = await openStage(test, ['slow.example.org:80'], { resolver: never });
  const ending = await runNode(
    test,
    stage,
    `const s = require('node:net').connect(80, 'slow.example.org'); setImmediate(() => s.destroy());`,
  );
  test.match(ending, { code: 0, stderr: '' });
  test.same(stage.decisions, [], 'it ended before the proxy had an answer');
});

await t.test('works under the permission model', async (test) => {
  const { port } = await serveHttp(test, (_request, response) => response.end('ok'));
  const stage = await openStage(test, [`api.example.org:${port}`]);
  const flags = ['--permission', `--allow-fs-read=${stage.egress.preload}`];
  const ending = await runNode(
    test,
    stage,
    `console.log(await (await fetch('http://api.example.org:${port}/')).text());`,
    flags,
  );
  test.match(ending, { code: 0, stdout: 'ok\n', stderr: '' });
});

await t.test('loads nothing that a plugin over stdio does not load anyway', async (test) => {
  const stage = await openStage(test, []);
  const heavy = await runNode(
    test,
    stage,
    `console.log(process.moduleLoadList.filter((m) => /^NativeModule (http|https|http2|tls|internal\\/deps\\/undici\\/undici|child_process)$/.test(m)).join());`,
  );
  test.match(heavy, { code: 0, stdout: '\n', stderr: '' });
});
