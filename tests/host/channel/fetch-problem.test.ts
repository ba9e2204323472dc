import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Server } from 'node:net';
import t, { type Test } from 'tap';
import { explainFetch } from '../../../runtime/host/channel/fetch-problem.ts';
import { openHost } from '../../fixtures/host-stage.ts';
import { makeCertificate } from '../../sandbox/egress/certificate.ts';

async function listen(t: Test, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function problemOf(url: string) {
  const error: unknown = await fetch(url).then(
    () => new Error('it worked'),
    (failure: unknown) => failure,
  );
  return explainFetch(error, new URL(url));
}

await t.test('a server that is down: the host, the reason, what to do', async (t) => {
  const server = createServer();
  const port = await listen(t, server);
  await new Promise((resolve) => server.close(resolve));
  t.same(await problemOf(`http://127.0.0.1:${port}/mcp`), {
    problem: `127.0.0.1:${port} cannot be reached: nothing listens there (ECONNREFUSED)`,
    isSent: false,
  });
  // Both addresses of the name are tried, and the error of that has no message of its own.
  t.match(await problemOf(`http://localhost:${port}/mcp`), {
    problem: `localhost:${port} cannot be reached: nothing listens there (ECONNREFUSED)`,
  });

  const stage = await openHost(t, { down: { source: { url: `http://127.0.0.1:${port}/mcp` } } });
  await t.rejects(stage.call('down', 'any'), {
    code: 'REMOTE_REFUSED',
    message: `REMOTE_REFUSED: The remote server of plugin "down" did not take the request: 127.0.0.1:${port} cannot be reached: nothing listens there (ECONNREFUSED). Check that the server is up, and source.url and source.headers in its manifest.`,
  });
  t.match(stage.status('down'), { state: 'error', reason: /nothing listens there/ });
});

await t.test('TLS: a certificate nobody signed, a server without TLS', async (t) => {
  const tls = createTlsServer(await makeCertificate(t, 'localhost'));
  const plain = createServer();
  const [tlsPort, plainPort] = [await listen(t, tls), await listen(t, plain)];
  t.match(await problemOf(`https://127.0.0.1:${tlsPort}/`), {
    problem:
      /^127\.0\.0\.1:\d+ shows a certificate that no authority .* has signed \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/,
    isSent: false,
  });
  t.match(await problemOf(`https://127.0.0.1:${plainPort}/`), {
    problem: /^127\.0\.0\.1:\d+ does not speak TLS/,
    isSent: false,
  });
});

const failed = (cause: unknown): Error => new TypeError('fetch failed', { cause });
const coded = (code: string, message = ''): Error => Object.assign(new Error(message), { code });

await t.test('names that are not known, and what has no words of its own', (t) => {
  const url = new URL('https://mcp.example.org/');
  t.match(explainFetch(failed(coded('ENOTFOUND')), url), {
    problem: 'mcp.example.org:443 cannot be reached: its name is not known (ENOTFOUND)',
  });
  t.same(explainFetch(failed(coded('ESTRANGE', 'odd')), url), {
    problem: 'fetch failed (odd, ESTRANGE)',
    isSent: true,
  });
  t.same(explainFetch(failed(undefined), url), { problem: 'fetch failed', isSent: true });
  t.same(explainFetch('a text', url), { problem: 'a text', isSent: true });
  t.end();
});
