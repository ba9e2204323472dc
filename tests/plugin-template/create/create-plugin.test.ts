import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createPlugin, type NewPlugin } from '../../../plugin-template/create/src/create-plugin.ts';
import { makeFolder, makeInstallation } from '../../fixtures/installation.ts';

const draft = (from: string, more: Partial<NewPlugin> = {}): NewPlugin => ({
  name: 'weather',
  language: 'ts',
  dir: undefined,
  hasManifest: true,
  from,
  sdkVersion: '1.2.3',
  ...more,
});
const json = (...path: readonly string[]): unknown => JSON.parse(readFileSync(join(...path), 'utf8'));

await t.test('inside an installation: a plugin that needs nothing, and its manifest', (t) => {
  const root = makeInstallation(t);
  const created = createPlugin(draft(join(root, 'workspace')));
  const folder = join(root, 'plugins', 'weather');
  t.match(created, { folder, manifest: join(root, 'manifests', 'weather.json'), isInstalled: true });
  t.same(
    created.files.filter((file) => !existsSync(join(folder, file))),
    [],
  );
  t.match(json(root, 'manifests', 'weather.json'), { source: { plugin: '../plugins/weather' } });
  t.equal(Object(json(folder, 'package.json')).dependencies, undefined);
  t.match(json(folder, 'plugin.json'), { name: 'weather' });
  for (const file of created.files) t.notMatch(readFileSync(join(folder, file), 'utf8'), 'my-plugin', file);
  t.same(readdirSync(join(root, 'plugins')), ['weather'], 'no draft is left');
  t.end();
});

await t.test('outside: a package of its own', (t) => {
  const root = makeFolder(t);
  const created = createPlugin(draft(root));
  t.match(created, { folder: join(root, 'weather'), manifest: undefined, isInstalled: false });
  t.match(json(root, 'weather', 'package.json'), {
    name: 'weather',
    dependencies: { 'nexus-plugin-sdk': '^1.2.3', zod: String },
  });
  t.ok(existsSync(join(root, 'weather', 'tsconfig.json')));
  t.end();
});

await t.test('JavaScript: no file and no text speaks of the other names', (t) => {
  const root = makeFolder(t);
  const { files, folder } = createPlugin(draft(root, { language: 'js' }));
  t.ok(files.includes('src/main.js') && files.includes('test/main.test.js'));
  for (const file of files) t.notMatch(readFileSync(join(folder, file), 'utf8'), /main(?:\.test)?\.ts/, file);
  t.equal(existsSync(join(folder, 'tsconfig.json')), false);
  t.end();
});

await t.test('another folder, and no manifest', (t) => {
  const root = makeInstallation(t);
  const inside = createPlugin(draft(root, { name: 'one', dir: 'plugins/mine/one' }));
  t.match(json(root, 'manifests', 'one.json'), { source: { plugin: '../plugins/mine/one' } });
  t.equal(inside.isInstalled, true);
  const apart = makeFolder(t);
  mkdirSync(join(apart, 'empty'));
  const outside = createPlugin(draft(root, { name: 'two', dir: join(apart, 'empty'), hasManifest: false }));
  t.match(outside, { manifest: undefined, isInstalled: false, folder: join(apart, 'empty') });
  t.ok(existsSync(join(apart, 'empty', 'plugin.json')), 'an empty folder is as good as none');
  t.equal(existsSync(join(root, 'manifests', 'two.json')), false);
  t.end();
});

await t.test('nothing is overwritten, and what is refused leaves nothing', (t) => {
  const root = makeInstallation(t);
  const refused = (message: RegExp, more: Partial<NewPlugin>): void => {
    t.throws(() => createPlugin(draft(root, more)), { name: 'Refusal', message });
  };
  mkdirSync(join(root, 'plugins', 'weather', 'src'), { recursive: true });
  refused(/^NAME_TAKEN: .*plugins\/weather exists\. Choose another name/, {});
  writeFileSync(join(root, 'manifests', 'other.json'), '{}');
  refused(/^NAME_TAKEN: .*manifests\/other\.json exists/, { name: 'other' });
  refused(/^USAGE: "My_Plugin" .* as in "my-plugin"\.$/, { name: 'My_Plugin' });
  refused(/^USAGE: "\.\.\/x" .* as in "x"\.$/, { name: '../x' });
  refused(/^USAGE: "-" is no name for a plugin\. Write 1 to 64 .* hyphens\.$/, { name: '-' });
  refused(/^NOT_WRITABLE: .* --dir\.$/, { name: 'three', dir: 'package.json/three' });
  for (const dir of ['/proc/x', '/proc/x/y/z']) refused(/^NOT_WRITABLE: /, { dir });
  for (const name of ['zod', 'nexus-plugin-sdk', 'typescript'])
    refused(new RegExp(`^USAGE: "${name}" is a package .* as in "my-${name}"\\.$`), { name });
  t.same(readdirSync(join(root, 'plugins')), ['weather']);
  t.same(readdirSync(join(root, 'manifests')), ['other.json']);
  t.end();
});
