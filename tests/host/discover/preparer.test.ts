import { chmodSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import t from 'tap';
import { codePlaces } from '../../../runtime/host/discover/code-places.ts';
import { Preparer } from '../../../runtime/host/discover/preparer.ts';
import { benchOf, placesIn } from '../../fixtures/prepare-bench.ts';

await t.test('node: the script is found from the manifest, its package becomes readable', async (t) => {
  const { dir, process, write } = benchOf(t);
  write('servers/notes/package.json', {});
  const script = write('servers/notes/src/server.js', '');
  mkdirSync(join(dir, 'servers', 'node_modules'));
  const source = {
    command: 'node',
    args: ['--no-warnings', '../servers/notes/src/server.js', 'x.js'],
    env: { A: 'b' },
  };
  t.match(await process({ source }), {
    kind: 'process',
    command: 'node',
    args: ['--no-warnings', script, 'x.js'],
    cwd: join(dir, 'servers', 'notes'),
    env: { A: 'b' },
    packageDirs: [join(dir, 'servers', 'notes'), join(dir, 'servers', 'node_modules')],
    artifactHash: /^[0-9a-f]{64}$/,
    warnings: [],
  });
  t.ok(statSync(join(dir, 'data', 'plugins', 'demo')).isDirectory(), 'its data folder is there');
});

await t.test('node: cwd moves where relative scripts start', async (t) => {
  const { dir, process, write } = benchOf(t);
  const script = write('servers/notes/server.js', '');
  const cwd = '../servers/notes';
  t.match(await process({ source: { command: 'node', args: ['server.js'], cwd } }), {
    args: [script],
    cwd: join(dir, 'servers', 'notes'),
  });
});

await t.test('node: a folder, and a file without its ending, as Node itself takes them', async (t) => {
  const { dir, process, write } = benchOf(t);
  write('servers/notes/package.json', { main: 'server.js' });
  const script = write('servers/notes/server.js', '');
  const folder = join(dir, 'servers', 'notes');
  const source = { command: 'node', args: ['../servers/notes'] };
  t.match(await process({ source }), { args: [folder], packageDirs: [folder], cwd: folder });
  const { args } = await process({ source: { command: 'node', args: ['../servers/notes/server'] } });
  t.same(args, [script]);
});

await t.test('a package folder that holds the kernel’s own folders is not opened', async (t) => {
  const { dir, process, write } = benchOf(t);
  write('package.json', {});
  const script = write('fixtures/server.js', '');
  mkdirSync(join(dir, 'node_modules'));
  const { packageDirs, args } = await process({
    source: { command: 'node', args: ['../fixtures/server.js'] },
  });
  t.same(args, [script]);
  t.same(packageDirs, [join(dir, 'fixtures'), join(dir, 'node_modules')], 'its own folder and the modules');
});

await t.test('a script whose folder cannot be opened at all is refused', async (t) => {
  const { prepare, write } = benchOf(t);
  write('server.js', '');
  await t.rejects(prepare({ source: { command: 'node', args: ['../server.js'] } }), {
    code: 'MANIFEST_INVALID',
    data: { key: 'source.args[0]', problem: /more than the plugin's own code/, todo: /Move it/ },
  });
});

await t.test('placeholders of paths are filled in, all other text is left alone', async (t) => {
  const { dir, process, write } = benchOf(t);
  write('s/server.js', '');
  const args = ['../s/server.js', '${workspace}/x', '${data}', '${home}', '${HOME}', '$workspace'];
  const prepared = await process({ source: { command: 'node', args, env: { FILE: '${data}/notes' } } });
  const data = join(dir, 'data', 'plugins', 'demo');
  t.same(prepared.args.slice(1), [join(dir, 'workspace', 'x'), data, homedir(), '${HOME}', '$workspace']);
  t.same(prepared.env, { FILE: join(data, 'notes') });
});

const wrongCommands: readonly (readonly [
  string,
  Readonly<Record<string, unknown>>,
  string,
  RegExp,
  RegExp,
])[] = [
  [
    'a script that is not there',
    { command: 'node', args: ['no.js'] },
    'MANIFEST_INVALID',
    /names no file/,
    /it starts in/,
  ],
  ['no script', { command: 'node' }, 'MANIFEST_INVALID', /name no script/, /server\.js/],
  [
    'a cwd that is not there',
    { command: 'node', args: ['-e', '1'], cwd: 'no' },
    'MANIFEST_INVALID',
    /no folder/,
    /Correct/,
  ],
  [
    'a cwd the plugin may not read',
    { command: 'node', args: ['-e', '1'], cwd: '..' },
    'MANIFEST_INVALID',
    /may not read/,
    /permissions\.fs\.read/,
  ],
  [
    'a program that is not there',
    { command: 'python3' },
    'COMMAND_MISSING',
    /python3/,
    /apt install python3/,
  ],
  ['a program nobody knows', { command: 'frob' }, 'COMMAND_MISSING', /frob/, /PATH/],
  [
    'a whole line as program',
    { command: 'node server.js' },
    'COMMAND_MISSING',
    /node server/,
    /word by word/,
  ],
  [
    'a path that is not there',
    { command: './bin/none' },
    'COMMAND_MISSING',
    /none/,
    /relative to the manifest/,
  ],
  ['uvx', { command: 'uvx', args: ['server'] }, 'COMMAND_UNSUPPORTED', /uvx/, /python3 -m venv/],
  ['uv by its path', { command: '/usr/bin/uv' }, 'COMMAND_UNSUPPORTED', /uv/, /venv/],
  ['pipx', { command: 'pipx', args: ['run', 'x'] }, 'COMMAND_UNSUPPORTED', /pipx/, /venv/],
  ['docker', { command: 'docker', args: ['run', 'x'] }, 'COMMAND_UNSUPPORTED', /docker/, /"url"/],
  ['podman', { command: 'podman' }, 'COMMAND_UNSUPPORTED', /podman/, /"url"/],
  ['cmd', { command: 'cmd', args: ['/c', 'npx', 'x'] }, 'COMMAND_UNSUPPORTED', /Windows/, /npx/],
  [
    'npx of a git repository',
    { command: 'npx', args: ['-y', 'github:me/x'] },
    'MANIFEST_INVALID',
    /source\.args\[1\]/,
    /name and a version/,
  ],
];
for (const [what, source, code, message, todo] of wrongCommands) {
  await t.test(`${what} gets a clear answer`, async (t) => {
    const { prepare } = benchOf(t);
    await t.rejects(prepare({ source }), { code, message, data: { todo } });
  });
}

await t.test('a program by path is relative to the manifest and must be executable', async (t) => {
  const { dir, prepare, process, write } = benchOf(t);
  const file = write('servers/go/server', 'binary');
  await t.rejects(prepare({ source: { command: '../servers/go/server' } }), {
    code: 'COMMAND_MISSING',
    data: { todo: /chmod \+x/ },
  });
  chmodSync(file, 0o755);
  t.match(await process({ source: { command: '../servers/go/server', args: ['x'] } }), {
    command: file,
    args: ['x'],
    packageDirs: [join(dir, 'servers', 'go')],
    cwd: join(dir, 'data', 'plugins', 'demo'),
  });
});

await t.test('a program of the PATH, its script and the folders of both', async (t) => {
  const { dir, process, write } = benchOf(t);
  const python = write('tools/python/bin/python3', 'binary');
  chmodSync(python, 0o755);
  mkdirSync(join(dir, 'tools', 'python', 'lib'));
  symlinkSync(python, join(dir, 'bin', 'python3'));
  const script = write('servers/weather/server.py', '');
  t.match(await process({ source: { command: 'python3', args: ['-u', '../servers/weather/server.py'] } }), {
    command: join(dir, 'bin', 'python3'),
    args: ['-u', script],
    packageDirs: [join(dir, 'servers', 'weather'), join(dir, 'tools', 'python')],
  });
});

await t.test('a virtual environment comes along with the Python it was made from', async (t) => {
  const { dir, process, write } = benchOf(t);
  const base = write('tools/python/bin/python3', 'binary');
  mkdirSync(join(dir, 'tools', 'python', 'lib'));
  write('servers/weather/.venv/pyvenv.cfg', `home = ${dirname(base)}\nversion = 3.12\n`);
  write('servers/weather/.venv/lib/python3.12/site-packages/mcp-1.0.dist-info/RECORD', 'a');
  const program = join(dir, 'servers', 'weather', '.venv', 'bin', 'weather-server');
  write('servers/weather/.venv/bin/weather-server', '#!x');
  chmodSync(program, 0o755);
  const source = { command: '../servers/weather/.venv/bin/weather-server' };
  const before = await process({ source });
  t.match(before, {
    command: program,
    packageDirs: [join(dir, 'servers', 'weather', '.venv'), join(dir, 'tools', 'python')],
  });
  write('servers/weather/.venv/lib/python3.12/site-packages/mcp-1.0.dist-info/RECORD', 'b');
  t.not(
    (await process({ source })).artifactHash,
    before.artifactHash,
    'its packages are part of the artifact',
  );
});

await t.test('a file among the arguments of some program opens nothing', async (t) => {
  const { dir, process, write } = benchOf(t);
  const file = write('bin/tool', '');
  chmodSync(file, 0o755);
  write('secrets/key', '');
  const { packageDirs, args } = await process({ source: { command: 'tool', args: ['../secrets/key'] } });
  t.same(args, ['../secrets/key']);
  t.same(packageDirs, [join(dir, 'bin')]);
});

await t.test('url: headers are filled from the declared environment only', async (t) => {
  const { prepare } = benchOf(t, { TOKEN: 'abc' });
  const source = {
    url: 'https://example.com/mcp',
    headers: { Authorization: 'Bearer ${env:TOKEN}', 'X-A': 'plain' },
  };
  const prepared = await prepare({ source, permissions: { env: ['TOKEN'] } });
  t.match(prepared, {
    kind: 'remote',
    url: 'https://example.com/mcp',
    headers: { Authorization: 'Bearer abc', 'X-A': 'plain' },
  });
  const absent = { ...source, headers: { A: '${env:ABSENT}' } };
  await t.rejects(prepare({ source: absent, permissions: { env: ['ABSENT'] } }), {
    code: 'MANIFEST_INVALID',
    data: { key: 'source.headers.A', problem: /ABSENT, which is not set/ },
  });
});

await t.test('the hash of a remote source does not depend on secrets', async (t) => {
  const content = {
    source: { url: 'https://example.com/', headers: { A: '${env:T}' } },
    permissions: { env: ['T'] },
  };
  const one = await benchOf(t, { T: '1' }).prepare(content);
  const other = await benchOf(t, { T: '2' }).prepare(content);
  t.equal(one.artifactHash, other.artifactHash);
});

await t.test('what it is listed under changes with its settings, but not with a secret', async (t) => {
  const { prepare, write } = benchOf(t);
  const settings = {
    tools: { type: 'number', title: 'Tools' },
    token: { type: 'string', title: 'Token', sensitive: true },
    word: { type: 'string', title: 'A word that was sealed' },
  };
  const script = write('servers/s.js', '');
  const content = { source: { command: 'node', args: [script, '${settings.tools}'] }, settings };
  const under = async (values: Record<string, string | number>) =>
    await prepare(content, { settings: new Map(Object.entries(values)), sealed: new Set(['word']) });
  const first = await under({ tools: 1, token: 'a', word: 'a' });
  const other = await under({ tools: 2, token: 'a', word: 'a' });
  t.not(other.listingKey, first.listingKey, 'another setting');
  t.equal(other.artifactHash, first.artifactHash, 'the code is the same');
  t.equal((await under({ tools: 1, token: 'b', word: 'b' })).listingKey, first.listingKey, 'secrets');
});

await t.test('an ended signal stops before anything is done', async (t) => {
  const { dir, manifest } = benchOf(t);
  const places = {
    manifestsDir: dir,
    pluginsDir: dir,
    dataDir: join(dir, 'other'),
    workspaceDir: dir,
    environment: {},
  };
  const preparing = new Preparer(places).prepare(
    await manifest({ source: { command: 'node', args: ['x'] } }),
    {
      signal: AbortSignal.abort(new Error('enough')),
    },
  );
  await t.rejects(preparing, { message: 'enough' });
});

await t.test('where code will be is known before it is there', async (t) => {
  const { dir, manifest } = benchOf(t);
  const places = { ...placesIn(dir), environment: {} };
  const known = async (source: object): Promise<readonly string[]> =>
    codePlaces(await manifest({ source }), places).map((path) => relative(dir, path));
  t.same(await known({ command: 'node', args: ['--no-warnings', '../s/server.js', 'x'] }), ['s/server.js']);
  t.same(await known({ command: 'node', args: ['server.js'], cwd: '${workspace}' }), ['workspace/server.js']);
  t.same(await known({ command: '../bin/serve' }), ['bin/serve']);
  t.same(await known({ plugin: '../own/notes' }), ['own/notes']);
  t.same(await known({ mcpb: './x.mcpb', sha256: 'a'.repeat(64) }), ['manifests/x.mcpb']);
  for (const source of [
    { command: '/usr/bin/env', args: ['x'] },
    { command: 'npx', args: ['-y', 'x@1.0.0'] },
    { url: 'https://example.org/mcp' },
  ])
    t.same(await known(source), []);
});
