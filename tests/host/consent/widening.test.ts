import t from 'tap';
import { manifestSchema } from '../../../runtime/contract/manifest.ts';
import { grantsOf, wideningsOf, type Grants } from '../../../runtime/host/consent/widening.ts';

const places = { manifestsDir: '/m', workspaceDir: '/w', pluginDataDir: '/d/p' };
const grants = (draft: object): Grants =>
  grantsOf({ ...manifestSchema.parse({ source: { command: 'x' }, ...draft }), name: 'p', prefix: 'p' });
const subjects = (granted: object, asked: object): readonly string[] =>
  wideningsOf(grants(granted), grants(asked), places).map(({ kind, subject }) => `${kind}: ${subject}`);
const permissions = (granted: object, asked: object): readonly string[] =>
  subjects({ permissions: granted }, { permissions: asked });

const fs = (read: string[], write: string[] = []) => ({ fs: { read, write } });
const net = (...hosts: string[]) => ({ net: hosts });

await t.test('paths: what lies in what was granted is no more', async (t) => {
  t.same(permissions(fs(['/a']), fs(['/a/b', '/a'])), []);
  t.same(permissions(fs(['/a']), fs(['/ab'])), ['permission: fs read /ab']);
  t.same(permissions(fs(['/a']), fs(['/a/../b'])), ['permission: fs read /a/../b']);
  t.same(
    permissions(fs(['/a']), fs([], ['/a'])),
    ['permission: fs write /a'],
    'writing is more than reading',
  );
  t.same(permissions(fs([], ['/a']), fs(['/a/b'])), [], 'reading is less than writing');
  t.same(
    permissions(fs(['${workspace}']), fs(['/w/x', '../w', '${workspace}/y'])),
    [],
    'however it is written',
  );
  t.same(permissions(fs(['${workspace}']), fs(['${workspace}/..'])), ['permission: fs read ${workspace}/..']);
  t.same(permissions(fs(['/a']), fs(['/'])), ['permission: fs read /']);
  t.same(permissions(fs(['/a', '/b']), fs([])), [], 'less is nothing to ask for');
});

await t.test('hosts: wildcards and ports', async (t) => {
  t.same(permissions(net('a.org:443'), net('A.org:443')), []);
  t.same(permissions(net('a.org:443'), net('a.org:80')), ['permission: net a.org:80']);
  t.same(permissions(net('a.org:443'), net('a.org:*')), ['permission: net a.org:*']);
  t.same(permissions(net('a.org:*'), net('a.org:80')), []);
  t.same(permissions(net('*.a.org:443'), net('x.a.org:443', '*.y.a.org:443')), []);
  t.same(permissions(net('*.a.org:443'), net('a.org:443')), ['permission: net a.org:443']);
  t.same(permissions(net('*.a.org:443'), net('xa.org:443')), ['permission: net xa.org:443']);
  t.same(permissions(net('x.a.org:443'), net('*.a.org:443')), ['permission: net *.a.org:443']);
  t.same(permissions(net('*.0.1:80'), net('127.0.0.1:80')), ['permission: net 127.0.0.1:80']);
});

await t.test('variables, programs, isolation', async (t) => {
  t.same(permissions({ env: ['A'] }, { env: ['A', 'B'] }), ['permission: env B']);
  t.same(permissions({}, { exec: true }), ['permission: exec']);
  t.same(permissions({ exec: true }, {}), []);
  t.same(subjects({}, { isolation: 'process' }), ['permission: isolation']);
  t.same(subjects({ isolation: 'process' }, { isolation: 'worker' }), ['permission: isolation']);
  t.same(subjects({ isolation: 'process' }, { isolation: 'sandbox' }), []);
});

await t.test('every limit', async (t) => {
  const low = { memoryMb: 64, pids: 2, timeoutMs: 200, concurrency: 2, outputBytes: 2_048, cpuSeconds: 5 };
  for (const [name, value] of Object.entries(low)) {
    t.same(subjects({ limits: low }, { limits: { ...low, [name]: value + 1 } }), [`limit: ${name}`]);
    t.same(subjects({ limits: low }, { limits: { ...low, [name]: value - 1 } }), [], `${name} lowered`);
  }
  const { cpuSeconds: _cpuSeconds, ...unlimited } = low;
  t.same(subjects({ limits: low }, { limits: unlimited }), ['limit: cpuSeconds'], 'absent is without limit');
  t.same(subjects({ limits: unlimited }, { limits: low }), []);
});

const withDefault = (value: string | undefined, path = '${settings.DIR}') => ({
  settings: {
    DIR: { type: 'directory', title: 'Notes', ...(value === undefined ? {} : { default: value }) },
  },
  permissions: { fs: { read: [path] }, net: ['${settings.DIR}'] },
});

await t.test('what people set is theirs; what it stands for before they do is asked for', async (t) => {
  t.same(subjects(withDefault('/a'), withDefault('/a')), []);
  t.same(subjects(withDefault('/a'), withDefault('/')), ['permission: settings DIR']);
  t.same(subjects(withDefault(undefined), withDefault('/')), ['permission: settings DIR']);
  t.same(subjects(withDefault('/a'), withDefault(undefined)), []);
  t.same(subjects(withDefault('/a'), withDefault('/a', '${settings.DIR}/..')), [
    'permission: fs read ${settings.DIR}/..',
  ]);
  t.same(
    subjects(
      { permissions: { net: ['*.a.org:443'] } },
      { permissions: { net: ['${settings.H}.a.org:443'] } },
    ),
    ['permission: net ${settings.H}.a.org:443'],
  );
});

await t.test('each change says what it is about in words', async (t) => {
  const [change] = wideningsOf(
    grants({ permissions: { net: ['a.org:443'] } }),
    grants({ permissions: { net: ['a.org:443', 'evil.example:443'] } }),
    places,
  );
  t.match(change, {
    kind: 'permission',
    before: 'a.org:443',
    after: 'a.org:443\nevil.example:443',
    text: 'It wants to connect to evil.example:443',
  });
});

const setting = (sensitive: boolean) => ({
  settings: { token: { type: 'string', title: 'Token', sensitive } },
});

await t.test('a setting that was agreed to as a secret stays one', (t) => {
  t.same(subjects(setting(true), setting(false)), ['permission: settings.token.sensitive']);
  t.same(subjects(setting(true), {}), ['permission: settings.token.sensitive']);
  t.same(subjects(setting(false), setting(true)), []);
  const { secrets: _, ...old } = grants(setting(true));
  t.same(wideningsOf(old, grants(setting(false)), places), [], 'of what an older lock file says nothing');
  t.end();
});

const check = (path: string) => ({ health: { tool: 'read', arguments: { path } } });

await t.test('a tool that is called unasked is the one that was agreed to', (t) => {
  t.same(subjects({}, check('/a')), ['permission: health.tool']);
  t.same(subjects(check('/a'), check('/b')), ['permission: health.tool']);
  t.same(subjects(check('/a'), { health: { ...check('/a').health, intervalMs: 500 } }), []);
  t.same(subjects(check('/a'), {}), []);
  const old = { ...grants({}), health: undefined };
  t.same(wideningsOf(old, grants(check('/a')), places), [], 'of what an older lock file says nothing');
  t.end();
});
