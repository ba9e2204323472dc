import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { importRequestSchema } from '../../../runtime/contract/import.ts';
import { openImport } from '../../fixtures/import-stage.ts';
import { startRegistry } from '../../fixtures/npm-registry.ts';
import { bundleManifest, writeBundle } from '../../fixtures/zip-file.ts';

const token = 'ghp_0123456789abcdefghijABCDEFGHIJ456789';
const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

await t.test('planning writes nothing', async (t) => {
  const { plan, root, dataDir, manifestsDir } = await openImport(t);
  const file = join(root, 'a.mcpb');
  writeBundle(file, bundleManifest(), [{ name: 'server/index.js', data: '' }]);
  const before = readdirSync(dataDir);
  await plan({ source: { file } });
  await plan({ source: { package: 'some-server@1.0.0' } });
  t.same(readdirSync(manifestsDir), []);
  t.same(readdirSync(dataDir), before);
});

await t.test('a literal secret ends up in the secret store and nowhere else', async (t) => {
  const { install, settings, root, manifestsDir, approvals } = await openImport(t);
  const mcpServers = { git: { command: 'node', args: ['x.js'], env: { GITHUB_TOKEN: token, MODE: 'a' } } };
  const [git] = await install({ source: { text: JSON.stringify({ mcpServers }) } });
  t.match(git, { outcome: 'added', nextSteps: [/plugin approve git/] });
  t.equal(settings.value('plugin.git.GITHUB_TOKEN'), token);
  t.match(settings.view('plugin.git.GITHUB_TOKEN'), { value: null, updatedBy: 'test' });
  t.match(read(join(manifestsDir, 'git.json')), {
    source: { env: { MODE: 'a' } },
    settings: { GITHUB_TOKEN: {} },
  });
  t.same(approvals, ['require git']);
  t.notMatch(JSON.stringify(git), token);
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const name = join(entry.parentPath, entry.name);
    const text = readFileSync(name, 'latin1');
    t.notMatch(text, token, name);
  }
});

const git = (value: string, key: string) => ({
  text: JSON.stringify({ mcpServers: { git: { command: 'node', args: [value], env: { API_KEY: key } } } }),
});

await t.test('the same again changes nothing; another one is updated only when asked', async (t) => {
  const { install, plan, manifestsDir, settings } = await openImport(t);
  await install({ source: git('a.js', 'key-one-1') });
  const file = join(manifestsDir, 'git.json');
  const written = {
    ...Object(read(file)),
    limits: { memoryMb: 128 },
    permissions: { net: ['a.example:443'], env: ['LANG'] },
  };
  writeFileSync(file, JSON.stringify(written));
  t.match(await plan({ source: git('a.js', 'key-one-1') }), [{ state: 'same', differences: [] }]);
  t.match(await install({ source: git('a.js', 'key-one-1') }), [{ outcome: 'unchanged' }]);
  t.same(read(file), written, 'and what was granted since stays');

  t.match(await plan({ source: git('b.js', 'key-two-2') }), [
    {
      state: 'changed',
      differences: [/^source\.args was \["a\.js"\] and would be \["b\.js"\]/, /the value of .* API_KEY/],
    },
  ]);
  await t.rejects(install({ source: git('b.js', 'key-two-2') }), {
    code: 'PLUGIN_DIFFERS',
    message: /--update to change it/,
  });
  t.equal(settings.value('plugin.git.API_KEY'), 'key-one-1');
  const allow = { net: ['b.example:443'] };
  t.match(await install({ source: git('b.js', 'key-two-2'), update: true, allow }), [{ outcome: 'updated' }]);
  t.match(read(file), {
    source: { args: ['b.js'] },
    limits: { memoryMb: 128 },
    permissions: { net: ['a.example:443', 'b.example:443'], env: ['LANG'] },
  });
  t.equal(settings.value('plugin.git.API_KEY'), 'key-two-2');
  const args = ['b.js', '--token=abcdefgh1'];
  const mcpServers = { git: { command: 'node', args, env: { API_KEY: 'key-two-2' } } };
  t.match(await plan({ source: { text: JSON.stringify({ mcpServers }) } }), [
    { differences: [/would be \["b\.js","--token=\$\{settings\.token\}"\]/] },
  ]);
});

await t.test('what was swapped since its plan was shown is refused', async (t) => {
  const { install, importer, root, manifestsDir } = await openImport(t);
  const file = join(root, 'a.mcpb');
  const given = { source: { file } };
  const planOf = async (): Promise<string> => {
    const work = { signal: new AbortController().signal };
    return (await importer.plan(importRequestSchema.parse(given), work)).sha256;
  };
  writeBundle(file, bundleManifest(), [{ name: 'server/index.js', data: '' }]);
  const shown = await planOf();
  writeBundle(file, bundleManifest(), [{ name: 'server/index.js', data: 'swapped' }]);
  await t.rejects(install({ ...given, plan: shown }), { code: 'IMPORT_INVALID', message: /Look again/ });
  t.same(readdirSync(manifestsDir), []);
  t.match(await install({ ...given, plan: await planOf() }), [{ outcome: 'added' }]);
});

await t.test('a bundle that is refused while it is unpacked leaves nothing', async (t) => {
  const { install, root, dataDir } = await openImport(t);
  const file = join(root, 'a.mcpb');
  writeBundle(file, bundleManifest(), [
    { name: 'server/index.js', data: '' },
    { name: 'big', data: 'x'.repeat(5000), claimedSize: 10 },
  ]);
  await t.rejects(install({ source: { file } }), { code: 'BUNDLE_INVALID' });
  t.same(readdirSync(join(dataDir, 'bundles')), []);
});

await t.test('a manifest that cannot be understood is not touched', async (t) => {
  const { install, manifestsDir } = await openImport(t);
  const file = join(manifestsDir, 'x.json');
  writeFileSync(file, '{');
  await t.rejects(install({ source: { command: 'node', args: ['x.js'] }, name: 'x' }), {
    code: 'PLUGIN_EXISTS',
  });
  t.equal(readFileSync(file, 'utf8'), '{');
  await t.rejects(install({ source: { command: 'node', args: [] } }), {
    code: 'IMPORT_INVALID',
    message: /Give a name/,
  });
});

await t.test('npm packages are pinned to the version and integrity that were found', async (t) => {
  await using registry = await startRegistry([
    { name: 'srv', version: '1.2.0', manifest: { bin: 'main.js' }, files: { 'main.js': '' } },
  ]);
  const home = t.testdir({ '.npmrc': `registry=${registry.url}\n` });
  const { install, plan, manifestsDir } = await openImport(t, {
    root: join(home, 'root'),
    environment: { HOME: home, PATH: process.env['PATH'] },
  });
  const config = { mcpServers: { srv: { command: 'npx', args: ['-y', 'srv', '--flag'] } } };
  const source = { text: JSON.stringify(config) };
  t.match(await install({ source }), [{ outcome: 'added' }]);
  t.match(read(join(manifestsDir, 'srv.json')), {
    source: { command: 'npx', args: ['-y', 'srv@1.2.0', '--flag'], integrity: /^sha512-/ },
  });
  t.match(await plan({ source }), [{ state: 'same' }]);
  t.match(await plan({ source: { package: 'srv@1.2.0' } }), [{ state: 'changed' }], 'without its flag');
  t.match(await install({ source: { package: 'srv@1.2.0' }, name: 'other' }), [{ outcome: 'added' }]);
  t.match(await plan({ source: { package: 'srv@1.2.0' }, name: 'other' }), [{ state: 'same' }]);
  await t.rejects(install({ source: { package: 'srv@9.9.9' }, name: 'none' }), {
    code: 'PACKAGE_INSTALL_FAILED',
  });
  t.notOk(existsSync(join(manifestsDir, 'none.json')));
});

await t.test('an Agent Plugins directory with several servers', async (t) => {
  const { install, plan, root, manifestsDir } = await openImport(t);
  const dir = join(root, 'package');
  mkdirSync(dir);
  const extensions = { 'dev.nexus': { permissions: { net: ['api.example.com:443'] } } };
  const plugin = {
    $schema: 'https://agent-plugins.org/schemas/1.0.0/plugin.schema.json',
    name: 'tools',
    extensions,
  };
  const mcpServers = {
    one: { type: 'stdio', command: 'node', args: ['${PLUGIN_ROOT}/one.js'] },
    two: { type: 'streamable-http', url: 'https://example.com/mcp' },
    old: { type: 'sse', url: 'https://example.com/sse' },
  };
  const mcp = { $schema: 'https://agent-plugins.org/schemas/1.0.0/mcp.schema.json', mcpServers };
  writeFileSync(join(dir, 'plugin.json'), JSON.stringify(plugin));
  writeFileSync(join(dir, 'mcp.json'), JSON.stringify(mcp));
  writeFileSync(join(dir, 'package.json'), '{ "dependencies": { "left": "1" } }');
  const planned = await plan({ source: { file: dir } });
  t.match(planned, [
    {
      name: 'tools-one',
      kind: 'agent-plugin',
      command: `node ${dir}/one.js`,
      manifest: { source: { plugin: dir, server: 'one' } },
      needs: [{ flag: '--allow-net api.example.com:443' }],
      installs: [/left/],
      warnings: [/"sse"/],
    },
    { name: 'tools-two', command: 'https://example.com/mcp', installs: [] },
  ]);
  t.match(await install({ source: { file: dir }, server: 'two', name: 'mine' }), [
    { name: 'mine', outcome: 'added' },
  ]);
  t.match(read(join(manifestsDir, 'mine.json')), { source: { server: 'two' } });
  await t.rejects(plan({ source: { file: dir }, server: 'old' }), { code: 'PLUGIN_INVALID', message: /sse/ });
  await t.rejects(plan({ source: { file: dir }, server: 'none' }), {
    code: 'IMPORT_INVALID',
    message: /one, two/,
  });
});

await t.test('a bundle that two plugins run stays until both are gone', async (t) => {
  const { install, remove, root, stores, inForce, manifestsDir } = await openImport(t);
  const file = join(root, 'a.mcpb');
  writeBundle(file, bundleManifest(), [{ name: 'server/index.js', data: '' }]);
  const [first] = await install({ source: { file } });
  await install({ source: { file }, name: 'second' });
  const sha256 = String(Object(first?.manifest['source']).sha256);
  t.match(await remove('weather', true), { kept: [stores.bundles.folderOf(sha256)] });
  t.ok(existsSync(stores.bundles.fileOf(sha256)));
  await remove('second', true);
  t.notOk(existsSync(stores.bundles.fileOf(sha256)));
  t.notOk(existsSync(stores.bundles.folderOf(sha256)));

  // Of an update the earlier version stays as long as it is in force, or as a manifest in error may name it.
  const update = async (data: string): Promise<string> => {
    writeBundle(file, bundleManifest(), [{ name: 'server/index.js', data }]);
    const [updated] = await install({ source: { file }, update: true });
    inForce.set('weather', inForce.get('weather') ?? updated?.manifest['source']);
    return String(Object(updated?.manifest['source']).sha256);
  };
  const [one, two, three] = [await update('1'), await update('2'), await update('3')];
  t.same([...(await stores.bundles.list())].sort(), [one, three].sort());
  writeFileSync(join(manifestsDir, 'broken.json'), `{ "source": { "sha256": "${three}"`);
  await install({ source: { file }, name: 'third' });
  t.match(await remove('third', true), { kept: [stores.bundles.folderOf(three)] });
  t.match(await remove('weather', true), { removed: [stores.bundles.folderOf(one), /weather\.json/] });
  t.same(await stores.bundles.list(), [three], 'the broken one may run it');
  t.notOk(existsSync(stores.bundles.fileOf(two)));
});
