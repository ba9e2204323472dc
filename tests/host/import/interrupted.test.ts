import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { openImport } from '../../fixtures/import-stage.ts';
import { startRegistry } from '../../fixtures/npm-registry.ts';
import { bundleManifest, writeBundle } from '../../fixtures/zip-file.ts';

const script = fileURLToPath(new URL('../../fixtures/import-process.ts', import.meta.url));

/** What an import leaves. */
const shape = (root: string) => ({
  manifest: readFileSync(join(root, 'manifests', 'weather.json'), 'utf8'),
  manifests: readdirSync(join(root, 'manifests')).filter((name) => name.endsWith('.json')),
  bundles: readdirSync(join(root, 'data', 'bundles')).sort(),
  dependencies: readdirSync(join(root, 'data', 'dependencies', 'weather')),
});

await t.test('an import that is killed at any step is finished by doing it again', async (t) => {
  await using registry = await startRegistry([{ name: 'left', version: '1.0.0', files: { 'index.js': '' } }]);
  const dir = t.testdir({ home: { '.npmrc': `registry=${registry.url}\n` }, roots: {} });
  const file = join(dir, 'weather.mcpb');
  const user_config = { KEY: { type: 'string', title: 'Key', description: 'A key', sensitive: true } };
  writeBundle(file, bundleManifest({ user_config }), [
    { name: 'server/index.js', data: '' },
    { name: 'package.json', data: '{ "dependencies": { "left": "1.0.0" } }' },
  ]);
  const run = async (root: string, step: number) => {
    mkdirSync(root, { recursive: true });
    const args = [script, root, file, String(step), join(dir, 'home')];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = new Promise<string>((resolve, reject) => {
      child.on('error', reject).on('exit', (code, signal) => resolve(signal ?? `code ${String(code)}`));
    });
    const [said, how] = await Promise.all([text(child.stdout), exited]);
    return { how, said: said.trim().split('\n') };
  };
  const whole = await run(join(dir, 'roots', 'whole'), 0);
  t.equal(whole.how, 'code 0');
  t.match(whole.said.at(-1), 'end: added');
  const told = whole.said.join('\n');
  t.match(told, /Unpacking[^]*Installing the packages[^]*settings[^]*manifest[^]*approval/);
  const wanted = shape(join(dir, 'roots', 'whole'));

  for (let step = 1; step < whole.said.length; step++) {
    const root = join(dir, 'roots', String(step));
    const cut = await run(root, step);
    const label = `killed at "${cut.said.at(-1)}"`;
    t.equal(cut.how, 'SIGKILL', label);
    t.notOk(existsSync(join(root, 'manifests', 'weather.json')), `${label}: there is no plugin yet`);
    const again = await run(root, 0);
    t.equal(again.said.at(-1), 'end: added', label);
    t.same(shape(root), wanted, `${label}: the same in the end`);
    const { settings } = await openImport(t, { root });
    const definition = {
      key: 'plugin.weather.KEY',
      category: 'plugin.weather',
      type: 'string',
      title: 'Key',
    } as const;
    settings.define('plugin.weather', [{ ...definition, required: false, multiple: false, sensitive: true }]);
    t.equal(settings.value('plugin.weather.KEY'), 'marked-secret-value', label);
  }
  t.ok(whole.said.length > 5, 'there are steps at all');
});

await t.test('a removal that was cut short is finished by doing it again', async (t) => {
  const { install, remove, root, settings, dataDir, approvals } = await openImport(t);
  const file = join(root, 'weather.mcpb');
  const user_config = { KEY: { type: 'string', title: 'Key', description: 'A key', sensitive: true } };
  writeBundle(file, bundleManifest({ user_config }), [{ name: 'server/index.js', data: '' }]);
  await install({ source: { file }, settings: { KEY: 'marked-secret-value' } });
  mkdirSync(join(dataDir, 'plugins', 'weather'), { recursive: true });
  writeFileSync(join(dataDir, 'plugins', 'weather', 'notes.txt'), '');
  const kept = await remove('weather', false);
  t.match(kept, { removed: [/1 setting$/, /weather\.json/], kept: [/bundles/, /plugins\/weather/] });
  t.same(approvals, ['require weather', 'forget weather']);
  t.equal(settings.view('plugin.weather.KEY'), undefined);
  await t.rejects(remove('weather', false), { code: 'PLUGIN_UNKNOWN' });
  t.match(await remove('weather', true), { removed: [/bundles/, /plugins\/weather/] });
  t.notOk(existsSync(join(dataDir, 'plugins', 'weather')));

  await install({ source: { file }, settings: { KEY: 'marked-secret-value' } });
  rmSync(join(root, 'manifests', 'weather.json'));
  settings.define('plugin.weather', []);
  t.match(await remove('weather', false), { removed: [/1 setting$/] }, 'after its manifest went');
  t.same(settings.contents(true).secrets, {}, 'no secret is left, though nothing declared it');
  t.equal(approvals.at(-1), 'forget weather');
  await t.rejects(remove('weather', false), { code: 'PLUGIN_UNKNOWN' });
});
