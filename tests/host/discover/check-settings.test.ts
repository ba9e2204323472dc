import t from 'tap';
import { readManifest } from '../../../runtime/host/discover/read-manifest.ts';

const token = { type: 'string', title: 'Token', sensitive: true };
const folder = { type: 'directory', title: 'Folder' };
const read = (manifest: object) =>
  readManifest('/m/x.json', JSON.stringify({ source: { command: 'node', args: ['a.js'] }, ...manifest }));

await t.test('settings may be used wherever they are filled in', async (t) => {
  await t.resolves(
    read({
      source: { command: 'node', args: ['a.js', '${settings.folder}'], env: { T: 'x ${settings.token}' } },
      permissions: {
        fs: { read: ['${settings.folder}/sub'] },
        net: ['${settings.host}:443', '${settings.url}'],
      },
      settings: {
        token,
        folder,
        host: { type: 'string', title: 'Host' },
        url: { type: 'string', title: 'URL', format: 'url' },
      },
    }),
  );
  await t.resolves(
    read({
      source: { url: '${settings.url}', headers: { Authorization: 'Bearer ${settings.token}' } },
      settings: { token, url: { type: 'string', title: 'URL' } },
    }),
  );
});

const refused: readonly (readonly [string, object, RegExp])[] = [
  [
    'a secret on the command line, which every program can read',
    { source: { command: 'python3', args: ['a.py', '--token=${settings.token}'] }, settings: { token } },
    /source\.args\[1\]: uses the secret .* command lines.*source\.env/,
  ],
  [
    'a secret in a permission',
    { permissions: { net: ['${settings.token}:443'] }, settings: { token } },
    /permissions\.net\[0\]: uses the secret/,
  ],
  ['one that is not declared', { permissions: { fs: { read: ['${settings.foo}'] } } }, /Declare "foo"/],
  ['a name every object has', { permissions: { fs: { read: ['${settings.constructor}'] } } }, /not declared/],
  [
    'in the command',
    { source: { command: '${settings.folder}/x' }, settings: { folder } },
    /source\.command: cannot/,
  ],
  [
    'a default that does not fit',
    { settings: { p: { ...folder, default: 'here' } } },
    /settings\.p\.default: must be an absolute/,
  ],
  [
    'a default of a secret',
    { settings: { t: { ...token, default: 'x' } } },
    /settings\.t\.default: would be a secret/,
  ],
  [
    'a secret number',
    { settings: { t: { ...token, type: 'number' } } },
    /settings\.t\.sensitive: is for single texts/,
  ],
  [
    'bounds the wrong way round',
    { settings: { n: { type: 'number', title: 'n', min: 2, max: 1 } } },
    /is above max/,
  ],
  ['a name that is none', { settings: { 'a.b': folder } }, /must be a letter/],
  ['an address that is none', { source: { url: 'ftp://x' } }, /http:\/\/ or https:\/\//],
];
for (const [what, manifest, message] of refused) {
  await t.test(`refused: ${what}`, async (t) => {
    await t.rejects(read(manifest), { code: 'MANIFEST_INVALID', message });
  });
}
