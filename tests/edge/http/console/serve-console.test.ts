import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { NexusError } from '../../../../runtime/base/errors.ts';
import type { ConsoleState } from '../../../../runtime/contract/console.ts';
import { ConsolePages } from '../../../../runtime/edge/http/console/serve-console.ts';
import { WebBrowser } from '../../../fixtures/web-browser.ts';

const page = `<!doctype html><html><head><meta property="csp-nonce" nonce="__X__"><script nonce="__X__" type="module" src="/assets/index-abcdefgh.js"></script></head></html>`;
const script = `console.log(${JSON.stringify('x'.repeat(5_000))})`;

function buildIn(dir: string): string {
  mkdirSync(join(dir, 'assets'), { recursive: true });
  mkdirSync(join(dir, '.vite'), { recursive: true });
  const files: Record<string, string | Buffer> = {
    'index.html': page,
    'nexus.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
    'assets/index-abcdefgh.js': script,
    'assets/index-abcdefgh.js.br': brotliCompressSync(script),
    'assets/index-abcdefgh.js.gz': gzipSync(script),
    '.sources': 'a hash',
    '.vite/manifest.json': '{}',
    'odd.exe': 'no type of ours',
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
  symlinkSync('/etc/passwd', join(dir, 'assets', 'passwd.txt'));
  return dir;
}

/** A server of nothing but the console, in the state that is set. */
async function serve(t: Test, state: ConsoleState) {
  const now = { state };
  const pages = new ConsolePages({ look: async () => now.state });
  const server = createServer((req, res) => {
    pages.serve(req, res).catch((error: unknown) => {
      res.writeHead(error instanceof NexusError ? error.status : 500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  t.teardown(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const browser = new WebBrowser(`http://127.0.0.1:${port}`);
  return { now, get: (path: string, headers = {}, method = 'GET') => browser.raw(path, { method, headers }) };
}

await t.test('the page has a policy with a nonce of its own each time, and is not kept', async (t) => {
  const { get } = await serve(t, { state: 'ready', dir: buildIn(t.testdir({})) });
  const nonces = new Set<string>();
  for (const path of ['/', '/plugins/github', '/threads/a%20b?x=1', '/index.html']) {
    const { status, headers, text } = await get(path);
    t.equal(status, 200, path);
    const policy = String(headers['content-security-policy']);
    const nonce = /script-src 'self' 'nonce-([\w+/=]{24})'/.exec(policy)?.[1] ?? '';
    t.match(policy, /default-src 'none'.*frame-ancestors 'none'/);
    t.notMatch(policy, /unsafe|\*|http/);
    t.equal(text.split(`nonce="${nonce}"`).length, 3, 'in every place of the page');
    nonces.add(nonce);
  }
  t.equal(nonces.size, 4);
});

await t.test(
  'files with a hash in their name are kept for ever, compressed when that is wanted',
  async (t) => {
    const { get } = await serve(t, { state: 'ready', dir: buildIn(t.testdir({})) });
    const path = '/assets/index-abcdefgh.js';
    const plain = await get(path);
    t.equal(plain.text, script);
    t.match(plain.headers, {
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
    });
    t.equal(plain.headers['content-encoding'], undefined);
    t.equal((await get(path, { 'accept-encoding': 'gzip, br' })).headers['content-encoding'], 'br');
    t.equal((await get(path, { 'accept-encoding': 'gzip' })).headers['content-encoding'], 'gzip');
    t.equal((await get(path, {}, 'HEAD')).text, '');
    t.equal((await get('/nexus.svg')).headers['cache-control'], 'no-cache');
  },
);

await t.test('nothing else of the machine is served, whatever the path says', async (t) => {
  const root = t.testdir({ 'secret.txt': 'what nobody may see' });
  const { get } = await serve(t, { state: 'ready', dir: buildIn(join(root, 'dist')) });
  const paths = [
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/assets\\..\\..\\secret.txt',
    '//etc/passwd',
    '/%00',
    '/%',
    '/assets/passwd.txt',
    '/.sources',
    '/.vite/manifest.json',
    '/assets/index-abcdefgh.js.br',
    '/assets/none-abcdefgh.js',
  ];
  for (const path of paths) {
    const { status, text } = await get(path);
    t.notMatch(text, /what nobody may see|root:|a hash/, path);
    if (path !== '/.sources') t.equal(status, 404, path);
  }
  t.equal((await get('/', {}, 'POST')).status, 404);
});

await t.test('while it is being built a page says so, and then it is there', async (t) => {
  const { now, get } = await serve(t, { state: 'building' });
  const waiting = await get('/');
  t.equal(waiting.status, 503);
  t.match(waiting.text, /http-equiv="refresh" content="2"/);
  t.equal((await get('/assets/x-abcdefgh.js')).status, 404);
  now.state = { state: 'failed', reason: '<script>alert(1)</script>' };
  const failed = await get('/');
  t.equal(failed.status, 500);
  t.match(failed.text, /&lt;script&gt;alert/);
  now.state = { state: 'ready', dir: buildIn(t.testdir({})) };
  t.equal((await get('/')).status, 200);
  now.state = { state: 'absent' };
  t.match((await get('/')).text, /This is a Nexus kernel/);
});
