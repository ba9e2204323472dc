import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openImport, type ImportStageOptions } from '../../fixtures/import-stage.ts';
import { bundleManifest, writeBundle, type ZipEntry } from '../../fixtures/zip-file.ts';

async function planBundle(
  t: Test,
  changes: Readonly<Record<string, unknown>>,
  entries: readonly ZipEntry[] = [],
  options: ImportStageOptions = {},
) {
  const stage = await openImport(t, options);
  const file = join(stage.root, 'some.mcpb');
  writeBundle(file, bundleManifest(changes), entries);
  return await stage.planOne({ source: { file } });
}

const about = { title: 'T', description: 'D' };

await t.test('every option of user_config becomes a setting; folders and files may be read', async (t) => {
  const planned = await planBundle(t, {
    display_name: 'The Weather',
    user_config: {
      api_key: {
        type: 'string',
        title: 'API key',
        description: 'From the site',
        sensitive: true,
        required: true,
      },
      dirs: {
        type: 'directory',
        ...about,
        multiple: true,
        required: true,
        default: ['${HOME}/Desktop', '${DOCUMENTS}'],
      },
      file: { type: 'file', ...about },
      port: { type: 'number', ...about, min: 1, max: 9, default: 4 },
      fast: { type: 'boolean', ...about, default: false },
      empty: { type: 'string', title: '', description: 'No title', default: '' },
      wrong: { type: 'number', ...about, default: 'many' },
      secret: { type: 'string', ...about, sensitive: true, default: 'built in' },
    },
    server: {
      type: 'node',
      entry_point: 'server/index.js',
      mcp_config: {
        command: 'node',
        args: [
          '${__dirname}/server/index.js',
          '${user_config.dirs}',
          '--port=${user_config.port}',
          '${HOME}${/}x',
        ],
        env: { API_KEY: '${user_config.api_key}' },
        platform_overrides: {
          win32: { command: 'node.exe' },
          linux: { env: { KEY: '${user_config.api_key}' } },
        },
      },
    },
  });
  t.match(planned, {
    name: 'weather',
    kind: 'mcpb',
    title: 'The Weather',
    command:
      "node '${bundle}/server/index.js' '${settings.dirs}' --port='${settings.port}' '${home}/x'".replaceAll(
        "'",
        '',
      ),
  });
  t.strictSame(planned.manifest['permissions'], { fs: { read: ['${settings.dirs}', '${settings.file}'] } });
  t.strictSame(planned.manifest['settings'], {
    api_key: {
      type: 'string',
      title: 'API key',
      description: 'From the site',
      sensitive: true,
      required: true,
    },
    dirs: {
      type: 'directory',
      title: 'T',
      description: 'D',
      multiple: true,
      required: true,
      default: ['${home}/Desktop', '${home}/Documents'],
    },
    file: { type: 'file', title: 'T', description: 'D' },
    port: { type: 'number', title: 'T', description: 'D', min: 1, max: 9, default: 4 },
    fast: { type: 'boolean', title: 'T', description: 'D', default: false },
    empty: { type: 'string', title: 'No title', description: 'No title' },
    wrong: { type: 'number', title: 'T', description: 'D' },
    secret: { type: 'string', title: 'T', description: 'D', sensitive: true },
  });
  t.match(planned.warnings, [/default of its setting "wrong" is left out: it must be a number/]);
  t.match(
    planned.settings.find(({ key }) => key === 'secret'),
    { hasValue: true, isMoved: true },
  );
  t.notMatch(JSON.stringify(planned), 'built in');
  t.match(planned.needs, [
    { flag: "--allow-write '${settings.dirs}'", text: /change anything in the folder/ },
  ]);
  t.match(planned.installs, [/The bundle, unpacked \(SHA-256 [0-9a-f]{64}\)/]);
});

await t.test('the command of this platform is taken', async (t) => {
  const mcp_config = {
    command: 'node',
    args: ['${__dirname}/a.js'],
    platform_overrides: { darwin: { args: ['${__dirname}/mac.js'] } },
  };
  const server = { type: 'node', entry_point: 'a.js', mcp_config };
  t.equal((await planBundle(t, { server })).command, 'node ${bundle}/a.js');
  t.equal((await planBundle(t, { server }, [], { platform: 'darwin' })).command, 'node ${bundle}/mac.js');
});

const serverOf = (type: string, command: string) => ({
  type,
  entry_point: 'run',
  mcp_config: { command, args: [] },
});

await t.test('what cannot run here says what is missing', async (t) => {
  const node = serverOf('node', 'node');
  const run: ZipEntry = { name: 'run', data: Buffer.from([0xcf, 0xfa, 0xed, 0xfe, 0, 0, 0, 0]) };
  for (const [changes, entries, problem] of [
    [{ manifest_version: '0.4', server: serverOf('uv', 'uv') }, [], /needs uv/],
    [{ server: serverOf('python', 'no-python-here') }, [], /not on this machine/],
    [{ server: serverOf('binary', '${__dirname}/run') }, [run], /built for macOS/],
    [
      { server: node, compatibility: { platforms: ['darwin', 'win32'] } },
      [],
      /made for macOS and Windows, and this is Linux/,
    ],
    [{ server: node, compatibility: { runtimes: { node: '>=99.0.0' } } }, [], /needs Node\.js >=99/],
    [{ server: node, user_config: { 'a key': { type: 'string', ...about } } }, [], /"a key" has a name/],
  ] as const) {
    t.match(await planBundle(t, changes, entries), { state: 'blocked', obstacle: { problem, todo: /\w/ } });
  }
  t.match(await planBundle(t, { server: node, compatibility: { runtimes: { node: '>=18' } } }), {
    state: 'new',
  });
  t.match(await planBundle(t, { server: serverOf('python', 'python3') }), { state: 'new' });
});

await t.test('packages that it names and does not hold are installed beside it', async (t) => {
  const json = JSON.stringify({ dependencies: { left: '^1.0.0', '@demo/x': '1', here: '2' } });
  const entries = [
    { name: 'package.json', data: json },
    { name: 'node_modules/here/index.js', data: '' },
  ];
  const planned = await planBundle(t, {}, entries);
  t.match(planned.installs, [
    /bundle/,
    'Packages its package.json names, without install scripts: left, @demo/x',
  ]);
});

await t.test('the network and the folders that a person grants', async (t) => {
  const { planOne, root } = await openImport(t);
  const file = join(root, 'a.mcpb');
  writeBundle(file, bundleManifest({ user_config: { dir: { type: 'directory', ...about } } }));
  const allow = { write: ['${settings.dir}'], net: ['api.example.com:443'], read: ['/srv'], exec: true };
  const planned = await planOne({ source: { file }, allow });
  t.strictSame(planned.manifest['permissions'], {
    fs: { read: ['/srv'], write: ['${settings.dir}'] },
    net: ['api.example.com:443'],
    exec: true,
  });
  t.same(planned.needs, []);
  await t.rejects(planOne({ source: { file }, allow: { net: ['example.com'] } }), {
    code: 'MANIFEST_INVALID',
  });
  await t.rejects(planOne({ source: { file }, settings: { none: 'x' } }), {
    message: /no setting "none".*It has dir/,
  });
  await t.rejects(planOne({ source: { file }, settings: { dir: 3 } }), {
    code: 'IMPORT_INVALID',
    message: /its setting "dir" must .*\. Give it another value/,
  });
});
