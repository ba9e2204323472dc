import { homedir } from 'node:os';
import t from 'tap';
import type { SettingValue } from '../../../runtime/contract/setting-option.ts';
import { fillCommand, fillPermissions, fillRemote } from '../../../runtime/host/discover/placeholders.ts';

const placesWith = (settings: Readonly<Record<string, SettingValue>>) => ({
  manifestsDir: '/m',
  workspaceDir: '/w',
  pluginDataDir: '/d',
  settings: new Map(Object.entries(settings)),
});
const permissions = { fs: { read: [], write: [] }, net: [], env: [], exec: false };

await t.test('arguments: several values become several, an unset one none', (t) => {
  const places = placesWith({ dirs: ['/a', '/b'], n: 3, on: true, text: '${home} ${settings.n}' });
  const { args } = fillCommand(
    {
      command: 'node',
      args: [
        '${settings.dirs}',
        '--n=${settings.n}',
        '${settings.on}',
        '${settings.none}',
        'x${settings.none}',
        '${settings.text}',
        'in ${settings.dirs}',
        '${data}',
        '${other}',
      ],
      env: {},
    },
    places,
  );
  t.same(args, ['/a', '/b', '--n=3', 'true', 'x', '${home} ${settings.n}', 'in /a,/b', '/d', '${other}']);
  t.end();
});

await t.test('variables and headers that are nothing but an unset setting are left out', (t) => {
  const places = placesWith({ token: 'abc' });
  const env = { A: '${settings.token}', B: '${settings.none}', C: 'c${settings.none}', D: '${home}' };
  t.same(fillCommand({ command: 'x', args: [], env }, places).env, { A: 'abc', C: 'c', D: homedir() });
  t.same(
    fillRemote(
      {
        url: 'https://x/${settings.token}',
        headers: { a: 'Bearer ${settings.token}', b: '${settings.none}' },
      },
      places,
    ),
    { url: 'https://x/abc', headers: { a: 'Bearer abc' } },
  );
  t.end();
});

await t.test('permissions: folders become absolute, addresses host and port', (t) => {
  const places = placesWith({
    dirs: ['/a/../b', '/c'],
    url: 'https://api.example.org/v1',
    local: 'http://127.0.0.1:11434',
    host: 'h.example',
  });
  const filled = fillPermissions(
    {
      ...permissions,
      fs: { read: ['${settings.dirs}', '${settings.none}', '~/x'], write: [] },
      net: ['${settings.url}', '${settings.local}', '${settings.host}:25', '${settings.none}', '*.a.b:*'],
    },
    places,
  );
  t.same(filled.fs.read, ['/b', '/c', `${homedir()}/x`]);
  t.same(filled.net, ['api.example.org:443', '127.0.0.1:11434', 'h.example:25', '*.a.b:*']);
  const bad = (value: string) => () =>
    fillPermissions({ ...permissions, net: ['${settings.host}'] }, placesWith({ host: value }));
  for (const value of ['nonsense', 'file:///etc', '*', ' :443']) {
    t.throws(
      bad(value),
      { code: 'SETTING_INVALID', message: /\$\{settings\.host\}.*host:port or a URL/ },
      value,
    );
  }
  t.end();
});
