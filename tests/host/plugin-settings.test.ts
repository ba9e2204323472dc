import { homedir } from 'node:os';
import t from 'tap';
import { manifestSchema, type Manifest } from '../../runtime/contract/manifest.ts';
import type { SettingValue } from '../../runtime/contract/setting-option.ts';
import { pluginSettings, settingsEnvironment } from '../../runtime/host/plugin-settings.ts';

const manifestOf = (settings: object, source: object = { command: 'node', args: ['a.js'] }): Manifest => ({
  ...manifestSchema.parse({ source, settings }),
  name: 'x',
  prefix: 'x',
});
const set = (values: Readonly<Record<string, SettingValue>>) => (key: string) => values[key];

const required = (title: string) => ({ type: 'string', title, required: true });

await t.test('what was set, else the default; paths are filled in, what people typed is not', (t) => {
  const manifest = manifestOf({
    set: { type: 'string', title: 'a' },
    fallback: { type: 'string', title: 'b', default: '${workspace}/b' },
    typed: { type: 'string', title: 'c' },
    dirs: { type: 'directory', title: 'd', multiple: true },
    none: { type: 'string', title: 'e' },
  });
  const values = pluginSettings(
    manifest,
    set({ 'plugin.x.set': 1, 'plugin.x.typed': '${home}', 'plugin.x.dirs': ['~', '${workspace}/x'] }),
    '/w',
  );
  t.same(
    [...values],
    [
      ['set', 1],
      ['fallback', '/w/b'],
      ['typed', '${home}'],
      ['dirs', [homedir(), '/w/x']],
    ],
  );
  t.end();
});

await t.test('all required ones that are missing are named, and what to do', (t) => {
  const manifest = manifestOf({ TOKEN: required('Access token'), host: required('Host') });
  t.throws(() => pluginSettings(manifest, set({}), '/w'), {
    code: 'SETTING_MISSING',
    message:
      'SETTING_MISSING: Plugin "x" needs the settings "Access token" (TOKEN), "Host" (host). Set them with "nexus settings set plugin.x.TOKEN".',
  });
  t.throws(
    () => pluginSettings(manifest, set({ 'plugin.x.TOKEN': 'a' }), '/w'),
    /the setting "Host" \(host\)/,
  );
  t.end();
});

await t.test('variables: those named like one, and all as JSON for packages', (t) => {
  const values = new Map<string, SettingValue>([
    ['TOKEN', 'abc'],
    ['DIRS', ['/a', '/b']],
    ['mixedCase', 3],
  ]);
  t.same(settingsEnvironment(manifestOf({}), values), { TOKEN: 'abc', DIRS: '/a,/b' });
  const env = settingsEnvironment(manifestOf({}, { plugin: 'x' }), values);
  t.same(JSON.parse(env['NEXUS_SETTINGS'] ?? ''), { TOKEN: 'abc', DIRS: ['/a', '/b'], mixedCase: 3 });
  t.same(settingsEnvironment(manifestOf({}, { plugin: 'x' }), new Map()), {});
  t.end();
});
