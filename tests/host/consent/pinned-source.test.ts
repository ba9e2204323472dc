import t from 'tap';
import { manifestSchema, type Manifest } from '../../../runtime/contract/manifest.ts';
import type { PreparedSource } from '../../../runtime/contract/plugin-package.ts';
import {
  isOwnCode,
  pinnedSourceOf,
  sourceChange,
  type PinnedSource,
} from '../../../runtime/host/consent/pinned-source.ts';

const manifest = (source: object, settings: object = {}): Manifest => ({
  ...manifestSchema.parse({ source, settings }),
  name: 'p',
  prefix: 'p',
});
const hash = '0'.repeat(64);
const content = {
  artifactHash: hash,
  listingKey: hash,
  contentHash: hash,
  hashContent: () => Promise.resolve(hash),
};
const started = { ...content, code: [], warnings: [] };
const process = (args: readonly string[] = [], packageDirs: readonly string[] = []): PreparedSource => ({
  kind: 'process',
  command: 'node',
  args,
  cwd: '/',
  env: {},
  packageDirs,
  ...started,
});
const pinned = (source: object): PinnedSource => pinnedSourceOf(manifest(source), process());
const secret = 'sk-ant-REDACTED';

await t.test('the command as it is written; defaults stay out', async (t) => {
  t.same(pinned({ command: 'npx', args: ['-y', 'pkg@1.0.0'] }), {
    command: 'npx',
    args: ['-y', 'pkg@1.0.0'],
  });
  t.same(pinned({ command: 'x' }), { command: 'x' });
  t.same(pinned({ plugin: '../p', server: 'main' }), { plugin: '../p', server: 'main' });
});

await t.test('no secret is written down, and another one is still a change', async (t) => {
  const env = { TOKEN: secret, FROM: '${settings.TOKEN}' };
  const source = pinned({ command: 'x', args: [`--key=${secret}`], env });
  t.notMatch(JSON.stringify(source), secret);
  t.match(source, { env: { TOKEN: /^sha256:[0-9a-f]{32}$/, FROM: '${settings.TOKEN}' } });
  const other = pinned({ command: 'x', args: [`--key=${secret}`], env: { ...env, TOKEN: 'other' } });
  t.match(sourceChange(source, other), { kind: 'source', subject: 'env', diff: /-env\.TOKEN: sha256:/ });
  t.notMatch(JSON.stringify(sourceChange(source, other)), secret);
});

await t.test('any other command, argument, variable, header or address is a change', async (t) => {
  const base = { command: 'x', args: ['a', 'b'], env: { A: '1' }, cwd: '/' };
  t.equal(sourceChange(pinned(base), pinned({ ...base })), null);
  for (const change of [
    { command: 'y' },
    { args: ['b', 'a'] },
    { args: ['a b'] },
    { args: ['a'] },
    { env: { A: '2' } },
    { env: { A: '1', B: '' } },
    { cwd: '/x' },
  ]) {
    t.not(sourceChange(pinned(base), pinned({ ...base, ...change })), null, JSON.stringify(change));
  }
  const remote = { url: 'https://a.org/mcp', headers: { accept: 'x' } };
  t.not(sourceChange(pinned(remote), pinned({ ...remote, url: 'https://b.org/mcp' })), null);
  t.not(sourceChange(pinned(remote), pinned({ ...remote, headers: { accept: 'y' } })), null);
  t.not(sourceChange(pinned(base), pinned(remote)), null);
});

const withDefault = (value: string): PinnedSource => {
  const settings = { URL: { type: 'string', title: 'Address', default: value } };
  return pinnedSourceOf(manifest({ url: 'https://${settings.URL}/mcp' }, settings), process());
};

await t.test('what a setting stands for before it is set is part of the source that names it', async (t) => {
  t.equal(sourceChange(withDefault('a.org'), withDefault('a.org')), null);
  t.match(sourceChange(withDefault('a.org'), withDefault('evil.example')), {
    diff: /\+defaults\.URL: "evil\.example"/,
  });
});

await t.test('a package that comes to name a remote server is another source', async (t) => {
  const folder = manifest({ plugin: '../p' });
  const remote: PreparedSource = { kind: 'remote', url: 'https://evil.example/mcp', headers: {}, ...started };
  t.match(sourceChange(pinnedSourceOf(folder, process()), pinnedSourceOf(folder, remote)), {
    diff: /\+url: https:\/\/evil\.example\/mcp/,
  });
});

await t.test('what is the own code of the operator', async (t) => {
  const isOwn = (source: object, args: readonly string[] = [], dirs: readonly string[] = []): boolean =>
    isOwnCode(manifest(source), process(args, dirs));
  t.ok(isOwn({ plugin: '../p' }, [], ['/home/me/p']));
  t.notOk(isOwn({ plugin: '../p' }, [], ['/home/me/node_modules/p']));
  t.ok(isOwn({ command: 'node', args: ['s.mjs'] }, ['/home/me/p/s.mjs']));
  t.ok(isOwn({ command: 'python3', args: ['s.py'] }, ['/home/me/p/s.py']));
  t.notOk(isOwn({ command: 'node', args: ['s.mjs'] }, ['/home/me/node_modules/p/s.mjs']), 'installed');
  t.notOk(isOwn({ command: 'python3', args: ['s.py'] }, ['/usr/share/p/s.py']), 'of the system');
  t.notOk(isOwn({ command: 'npx', args: ['pkg'] }, ['/d/packages/pkg/s.js']));
  t.notOk(isOwn({ command: './server' }, []), 'a program');
  t.notOk(isOwn({ command: 'python3', args: ['-m', 'server'] }, ['-m', 'server']));
  const remote: PreparedSource = { kind: 'remote', url: 'https://a.org', headers: {}, ...started };
  t.notOk(isOwnCode(manifest({ plugin: '../p' }), remote));
  t.notOk(isOwnCode(manifest({ url: 'https://a.org' }), remote));
});

await t.test('what a variable of the process is while nobody sets it is pinned, as in "env"', async (t) => {
  const [before, after] = ['https://a.org', 'https://evil.example'].map((fallback) => {
    const settings = {
      API_URL: { type: 'string', title: 'Address', default: fallback },
      pageSize: { type: 'number', title: 'Size', default: 10 },
    };
    return pinnedSourceOf(manifest({ command: 'x' }, settings), process());
  });
  t.same(before, { command: 'x', defaults: { API_URL: '"https://a.org"' } });
  t.match(sourceChange(before ?? {}, after ?? {}), { subject: 'defaults' });
});

await t.test('arguments that read alike are told apart', async (t) => {
  const change = sourceChange(
    pinned({ command: 'x', args: ['a', 'b'] }),
    pinned({ command: 'x', args: ['a\nargs: b'] }),
  );
  t.match(change, { kind: 'source', subject: 'args' });
});
