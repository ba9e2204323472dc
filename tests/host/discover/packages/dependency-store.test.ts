import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { missingDependencies } from '../../../../runtime/host/discover/packages/dependencies.ts';
import { withDependencies } from '../../../../runtime/host/discover/packages/dependency-launch.ts';
import type { Launch } from '../../../../runtime/host/discover/prepare-options.ts';
import { SourceStores } from '../../../../runtime/host/discover/source-stores.ts';
import { startRegistry } from '../../../fixtures/npm-registry.ts';

const signal = AbortSignal.timeout(60_000);

async function stageOf(t: Test, dependencies: Readonly<Record<string, string>>, code = '') {
  const registry = await startRegistry([
    {
      name: 'left',
      version: '1.0.0',
      manifest: { dependencies: { right: '1.0.0' }, scripts: { install: 'touch ran' } },
      files: { 'index.js': 'exports.left = 1; exports.right = require("right").right;' },
    },
    { name: 'right', version: '1.0.0', files: { 'index.js': 'exports.right = 2;' } },
  ]);
  t.teardown(() => registry[Symbol.asyncDispose]());
  const root = t.testdir({ home: { '.npmrc': `registry=${registry.url}\n` }, data: {}, plugin: { lib: {} } });
  const dir = join(root, 'plugin');
  writeFileSync(
    join(dir, 'package.json'),
    JSON.stringify({ dependencies, scripts: { install: 'touch ran' } }),
  );
  writeFileSync(join(dir, 'main.mjs'), code);
  writeFileSync(join(dir, 'lib', 'old.cjs'), 'console.log(JSON.stringify(require("left")));');
  const { dependencies: store } = new SourceStores(join(root, 'data'), { HOME: join(root, 'home') });
  return { root, dir, store, registry };
}

const launchOf = (file: string): Launch => ({
  command: 'node',
  args: [file],
  cwd: '/',
  env: {},
  packageDirs: [],
  artifacts: [],
  how: {},
  warnings: [],
});
const run = ({ args }: Launch): string =>
  execFileSync(process.execPath, [...args], { encoding: 'utf8' }).trim();

await t.test('a plugin finds the packages that were installed for it, in both module systems', async (t) => {
  const { dir, store, root } = await stageOf(
    t,
    { left: '^1.0.0' },
    'import { left, right } from "left"; console.log(left + right); await import("./none.js").catch((e) => console.log(e.code));',
  );
  t.same(missingDependencies(dir), ['left']);
  const before = withDependencies(launchOf(join(dir, 'main.mjs')), 'demo', dir, store);
  t.match(before, {
    args: [join(dir, 'main.mjs')],
    warnings: [/\(left\): run "nexus plugin install-deps demo"/],
  });
  const told: string[] = [];
  const installed = await store.install('demo', dir, { signal, onProgress: ({ text }) => told.push(text) });
  t.ok(told.some((text) => /Installing the packages of demo/.test(text)) && told.length > 2, told.join(', '));
  t.match(installed.record, { scriptsSkipped: ['left@1.0.0'] });
  t.same(readdirSync(dir).sort(), ['lib', 'main.mjs', 'package.json'], "the plugin's folder stays as it is");
  t.notOk(readdirSync(root, { recursive: true, encoding: 'utf8' }).some((name) => name.endsWith('/ran')));

  const launch = withDependencies(launchOf(join(dir, 'main.mjs')), 'demo', dir, store);
  t.match(launch, { packageDirs: [installed.dir], warnings: [/left@1\.0\.0/] });
  t.equal(run(launch), '3\nERR_MODULE_NOT_FOUND');
  t.equal(
    run(withDependencies(launchOf(join(dir, 'lib', 'old.cjs')), 'demo', dir, store)),
    '{"left":1,"right":2}',
  );
  t.same(
    withDependencies({ ...launchOf(''), command: '/usr/bin/python3' }, 'demo', dir, store).packageDirs,
    [],
  );
  await store.remove('demo');
  t.notOk(existsSync(installed.dir));
});

await t.test(
  'other dependencies are another installation; what is present is not asked for again',
  async (t) => {
    const { dir, store, registry } = await stageOf(t, { left: '^1.0.0' });
    const first = await store.install('demo', dir, { signal });
    const asked = registry.requests.length;
    t.same(await store.install('demo', dir, { signal }), first);
    t.equal(registry.requests.length, asked);
    writeFileSync(join(dir, 'package.json'), '{ "dependencies": { "right": "1.0.0" } }');
    t.equal(store.get('demo', dir), undefined);
    t.not((await store.install('demo', dir, { signal })).dir, first.dir);
  },
);

await t.test('a lock file pins what is installed', async (t) => {
  const { dir, store, registry } = await stageOf(t, { right: '^1.0.0' });
  registry.publish({ name: 'right', version: '1.1.0', files: { 'index.js': 'exports.right = 3;' } });
  const lock = {
    lockfileVersion: 3,
    packages: {
      '': { dependencies: { right: '^1.0.0' } },
      'node_modules/right': { version: '1.0.0', resolved: `${registry.url}right/-/right-1.0.0.tgz` },
    },
  };
  writeFileSync(join(dir, 'package-lock.json'), JSON.stringify(lock));
  writeFileSync(join(dir, 'main.mjs'), 'import right from "right"; console.log(right.right);');
  await store.install('demo', dir, { signal });
  t.equal(run(withDependencies(launchOf(join(dir, 'main.mjs')), 'demo', dir, store)), '2');
});

await t.test('what is not in a registry is refused, what fails leaves nothing', async (t) => {
  for (const spec of [
    'file:../x',
    'git+https://example.com/x.git',
    'user/repository',
    'https://example.com/x.tgz',
    './x',
  ]) {
    const { dir, store } = await stageOf(t, { x: spec });
    await t.rejects(store.install('demo', dir, { signal }), {
      code: 'PACKAGE_INSTALL_FAILED',
      message: /not in a registry/,
    });
  }
  const { dir, store, root } = await stageOf(t, { absent: '1.0.0' });
  await t.rejects(store.install('demo', dir, { signal }), {
    code: 'PACKAGE_INSTALL_FAILED',
    message: /absent/,
  });
  t.same(readdirSync(join(root, 'data', 'dependencies', 'demo')), []);
});

await t.test('packages that are there are not missing', async (t) => {
  const { dir } = await stageOf(t, { left: '1', right: '1' });
  mkdirSync(join(dir, 'node_modules', 'left'), { recursive: true });
  mkdirSync(join(dir, '..', 'node_modules', 'right'), { recursive: true });
  t.same(missingDependencies(dir), []);
  writeFileSync(join(dir, 'package.json'), 'no json');
  t.same(missingDependencies(dir), []);
});
