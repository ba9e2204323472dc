import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  type PackageStore,
  type InstalledPackage,
} from '../../../../runtime/host/discover/packages/package-store.ts';
import { SourceStores } from '../../../../runtime/host/discover/source-stores.ts';
import { parseNpxCommand } from '../../../../runtime/host/discover/packages/npx-command.ts';
import type { InstallProgress } from '../../../../runtime/host/discover/prepare-options.ts';
import { startRegistry, type FixturePackage, type FixtureRegistry } from '../../../fixtures/npm-registry.ts';

const packages: readonly FixturePackage[] = [
  { name: 'left', version: '1.0.0', files: { 'index.js': 'export const left = 1;' } },
  { name: 'left', version: '1.1.0', files: { 'index.js': 'export const left = 11;' } },
  {
    name: '@demo/server',
    version: '1.0.0',
    manifest: { bin: 'main.js', dependencies: { left: '^1.0.0' }, scripts: { postinstall: 'touch ran' } },
    files: { 'main.js': '#!/usr/bin/env node\nconsole.log(1);' },
  },
  {
    name: '@demo/server',
    version: '1.2.0',
    manifest: { bin: 'main.js', dependencies: { left: '1.0.0' }, devDependencies: { nowhere: '1' } },
    files: { 'main.js': '#!/usr/bin/env node\nconsole.log(2);' },
  },
  { name: 'uses-git', version: '1.0.0', manifest: { dependencies: { x: 'git+http://127.0.0.1:1/x.git' } } },
  { name: 'uses-absent', version: '1.0.0', manifest: { dependencies: { absent: '1.0.0' } } },
];

interface Bench {
  readonly registry: FixtureRegistry;
  readonly home: string;
  readonly dataDir: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly store: PackageStore;
  /** Installs for a plugin, as `npx SPEC` would. */
  readonly get: (plugin: string, spec: string, signal?: AbortSignal) => Promise<InstalledPackage>;
  readonly progress: InstallProgress[];
  readonly folders: () => string[];
}

async function benchOf(t: Test): Promise<Bench> {
  const registry = await startRegistry(packages);
  t.teardown(() => registry[Symbol.asyncDispose]());
  const dir = t.testdir({ home: {}, data: {} });
  const home = join(dir, 'home');
  const dataDir = join(dir, 'data');
  writeFileSync(join(home, '.npmrc'), `registry=${registry.url}\nfetch-retries=0\nignore-scripts=false\n`);
  // Nothing of this machine's own npm: neither its npmrc files nor npm_config_* variables.
  const environment = { HOME: home, PATH: join(dir, 'nothing') };
  const store = new SourceStores(dataDir, environment).packages;
  const progress: InstallProgress[] = [];
  const get = (
    plugin: string,
    spec: string,
    signal = AbortSignal.timeout(60_000),
  ): Promise<InstalledPackage> =>
    store.get(plugin, wantedOf(spec), { signal, onProgress: (report) => progress.push(report) });
  const folders = (): string[] => readdirSync(join(dataDir, 'packages')).filter((name) => name !== '.pins');
  return { registry, home, dataDir, environment, store, get, progress, folders };
}

function wantedOf(spec: string): Parameters<PackageStore['get']>[1] {
  const wanted = parseNpxCommand('npx', [spec]);
  if ('problem' in wanted) throw new Error(wanted.problem);
  return wanted;
}

await t.test('a package is installed with its dependencies, and without its scripts', async (t) => {
  const { registry, get, progress, folders } = await benchOf(t);
  const first = await get('demo', '@demo/server@1.0.0');
  const { dir, record } = first;
  t.match(record, {
    name: '@demo/server',
    version: '1.0.0',
    integrity: /^sha512-/,
    treeHash: /^[0-9a-f]{64}$/,
    bin: { server: 'node_modules/@demo/server/main.js' },
    scriptsSkipped: ['@demo/server@1.0.0'],
  });
  t.match(readFileSync(join(dir, 'node_modules/left/index.js'), 'utf8'), 'left = 11', 'the newest that fits');
  t.notOk(existsSync(join(dir, 'node_modules/@demo/server/ran')), 'whatever .npmrc says about scripts');
  t.same(folders(), ['@demo+server@1.0.0'], 'and nothing else is left');
  t.same(
    [...new Set(progress.map(({ phase }) => phase))],
    ['waiting', 'resolving', 'downloading', 'done'],
    'with progress',
  );
  registry.requests.length = 0;
  t.same(await get('demo', '@demo/server@1.0.0'), first, 'for the same plugin');
  t.same(await get('other', '@demo/server@1.0.0'), first, 'and for another one');
  t.same(registry.requests, [], 'what is installed needs no network');
});

await t.test('a range, a tag and no version are resolved once and stay, until asked otherwise', async (t) => {
  const { registry, get, store, folders } = await benchOf(t);
  for (const spec of ['@demo/server', '@demo/server@^1.0.0', '@demo/server@latest']) {
    t.equal((await get(spec.replace(/\W/g, ''), spec)).record.version, '1.2.0', spec);
  }
  registry.publish({
    name: '@demo/server',
    version: '1.3.0',
    manifest: { bin: 'main.js' },
    files: { 'main.js': '' },
  });
  t.equal((await get('demoserver', '@demo/server')).record.version, '1.2.0', 'pinned');
  store.unpin('demoserver');
  // The answer of a registry is kept by npm's cache for as long as the registry allows; this one says nothing.
  t.equal((await get('demoserver', '@demo/server')).record.version, '1.3.0', 'asked again');
  t.same(folders(), ['@demo+server@1.2.0', '@demo+server@1.3.0'], 'the old one stays for those that use it');
});

await t.test('a changed spec in the manifest is another question', async (t) => {
  const { get, dataDir, environment, folders, registry } = await benchOf(t);
  const one = await get('demo', '@demo/server@1.0.0');
  const other = await get('demo', '@demo/server@1.2.0');
  t.same([one.record.version, other.record.version], ['1.0.0', '1.2.0']);
  t.not(one.record.treeHash, other.record.treeHash, 'it differs with the content of any dependency');
  t.same(folders(), ['@demo+server@1.0.0', '@demo+server@1.2.0'], 'the old one may still be running');
  const next = new SourceStores(dataDir, environment).packages;
  registry.requests.length = 0;
  const wanted = wantedOf('@demo/server@1.2.0');
  const { record } = await next.get('demo', wanted, { signal: AbortSignal.timeout(60_000) });
  t.equal(record.version, '1.2.0');
  t.same(folders(), ['@demo+server@1.2.0'], 'the next kernel removes what no plugin means any more');
  t.same(registry.requests, [], 'and keeps the others');
});

await t.test('two plugins that want the same package at once get one installation', async (t) => {
  const { registry, get } = await benchOf(t);
  const [one, other] = await Promise.all([get('a', '@demo/server@1.0.0'), get('b', '@demo/server@1.0.0')]);
  t.same(one, other);
  t.equal(registry.requests.filter((path) => path.endsWith('server-1.0.0.tgz')).length, 1);
});

const failures: readonly (readonly [string, string, RegExp, RegExp])[] = [
  [
    'a package that does not exist',
    'no-such-package',
    /has no package/,
    /Check the spelling of "no-such-package"/,
  ],
  [
    'a version that does not exist',
    '@demo/server@9.9.9',
    /no version that fits/,
    /npm view @demo\/server versions/,
  ],
  ['a dependency that does not exist', 'uses-absent', /absent/, /./],
  ['a dependency that is fetched with git', 'uses-git', /git/, /Ask its author/],
];
for (const [what, spec, problem, todo] of failures) {
  await t.test(`the error for ${what} says so`, async (t) => {
    const { get, folders } = await benchOf(t);
    await t.rejects(get('demo', spec), {
      code: 'PACKAGE_INSTALL_FAILED',
      data: { plugin: 'demo', package: spec, problem, todo },
    });
    t.same(folders(), []);
  });
}

await t.test('a registry that cannot be reached', async (t) => {
  const { get, home } = await benchOf(t);
  writeFileSync(join(home, '.npmrc'), 'registry=http://me:hunter2@127.0.0.1:1/\nfetch-retries=0\n');
  await t.rejects(get('demo', 'left'), {
    code: 'PACKAGE_INSTALL_FAILED',
    message: /^((?!hunter2).)*$/,
    data: { problem: /http:\/\/127\.0\.0\.1:1\/ cannot be reached/, todo: /\.npmrc/ },
  });
});

await t.test('a tarball that is not what the registry promised', async (t) => {
  const { get, registry, folders } = await benchOf(t);
  registry.corrupt('left', '1.0.0');
  await t.rejects(get('demo', 'left@1.0.0'), {
    code: 'PACKAGE_INSTALL_FAILED',
    data: { problem: /not what the registry promised/ },
  });
  t.same(folders(), []);
});

await t.test("the user's tokens and scoped registries are used", async (t) => {
  const { get, home, registry } = await benchOf(t);
  registry.token = 'secret';
  await t.rejects(get('demo', '@demo/server'), {
    code: 'PACKAGE_INSTALL_FAILED',
    data: { problem: /refuses access/, todo: /npm login/ },
  });
  const host = registry.url.replace('http:', '');
  const lines = [`@demo:registry=${registry.url}`, `registry=${registry.url}`, `${host}:_authToken=secret`];
  writeFileSync(join(home, '.npmrc'), `${lines.join('\n')}\nfetch-retries=0\n`);
  t.equal((await get('demo', '@demo/server')).record.version, '1.2.0');
});

await t.test('npm_config_ variables are used', async (t) => {
  const { dataDir, registry } = await benchOf(t);
  const environment = { HOME: join(dataDir, 'no-home'), npm_config_registry: registry.url };
  const store = new SourceStores(dataDir, environment).packages;
  const { record } = await store.get('demo', wantedOf('left'), { signal: AbortSignal.timeout(60_000) });
  t.equal(record.version, '1.1.0');
  t.notOk('npm_config_user_agent' in environment, 'and nothing is added to them');
});

/** A promise that is resolved by hand, and one for the moment somebody waits for it. */
function gate(): {
  hold: (path: string) => Promise<void> | undefined;
  reached: Promise<void>;
  open: () => void;
} {
  const opened = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const hold = (path: string): Promise<void> | undefined => {
    if (!path.endsWith('.tgz')) return undefined;
    reached.resolve();
    return opened.promise;
  };
  return { hold, reached: reached.promise, open: opened.resolve };
}

await t.test('given up in the middle, nothing is left, and the next attempt finishes it', async (t) => {
  const { get, registry, folders } = await benchOf(t);
  const { hold, reached, open } = gate();
  registry.hold = hold;
  const giveUp = new AbortController();
  const attempt = get('demo', '@demo/server', giveUp.signal);
  await reached;
  giveUp.abort(new Error('enough'));
  await t.rejects(attempt, { message: 'enough' });
  t.same(folders(), []);
  open();
  registry.hold = undefined;
  t.equal((await get('demo', '@demo/server')).record.version, '1.2.0');
});

await t.test('one that is given up does not harm the next in the queue', async (t) => {
  const { get, registry } = await benchOf(t);
  const { hold, reached, open } = gate();
  registry.hold = hold;
  const giveUp = new AbortController();
  const first = get('a', '@demo/server', giveUp.signal);
  const second = get('b', '@demo/server');
  await reached;
  giveUp.abort(new Error('enough'));
  await t.rejects(first, { message: 'enough' });
  open();
  t.equal((await second).record.version, '1.2.0');
});

await t.test('killed in the middle, the next kernel sweeps and finishes', async (t) => {
  const { get, registry, folders, dataDir, environment } = await benchOf(t);
  const { hold, reached, open } = gate();
  registry.hold = hold;
  const door = new URL('../../../../runtime/host/discover/source-stores.ts', import.meta.url).href;
  const wanted = JSON.stringify(wantedOf('@demo/server'));
  const script = `import { SourceStores } from ${JSON.stringify(door)};
    const store = new SourceStores(${JSON.stringify(dataDir)}, ${JSON.stringify(environment)}).packages;
    await store.get('demo', ${wanted}, { signal: new AbortController().signal });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'inherit' });
  await reached;
  child.kill('SIGKILL');
  await once(child, 'exit');
  t.match(folders(), [/^\.staging-/], 'it was in the middle');
  open();
  registry.hold = undefined;
  t.equal((await get('demo', '@demo/server')).record.version, '1.2.0');
  t.same(folders(), ['@demo+server@1.2.0']);
});

await t.test('records cut short by a crash are as good as none', async (t) => {
  const { get, dataDir } = await benchOf(t);
  const { dir } = await get('demo', '@demo/server@1.0.0');
  writeFileSync(join(dataDir, 'packages', '.pins', 'demo.json'), '{"spec":');
  t.equal((await get('demo', '@demo/server@1.0.0')).dir, dir, 'a pin is found again');
  writeFileSync(join(dir, 'nexus-package.json'), '');
  t.equal((await get('demo', '@demo/server@1.0.0')).record.version, '1.0.0', 'a package is installed again');
});

await t.test('a folder that was removed by hand is installed again', async (t) => {
  const { get } = await benchOf(t);
  const { dir } = await get('demo', '@demo/server');
  rmSync(dir, { recursive: true });
  mkdirSync(dir);
  writeFileSync(join(dir, 'left over'), '');
  t.equal((await get('demo', '@demo/server')).record.version, '1.2.0');
});
