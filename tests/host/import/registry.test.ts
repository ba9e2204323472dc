import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openImport } from '../../fixtures/import-stage.ts';
import { bundleManifest, writeBundle } from '../../fixtures/zip-file.ts';

const head = { name: 'io.github.ada/weather', description: 'Tells the weather', version: '1.0.2' };
const stdio = { type: 'stdio' };
const text = (more: Readonly<Record<string, unknown>>): { text: string } => ({
  text: JSON.stringify({ ...head, ...more }),
});

await t.test('an npm package: its arguments and variables become settings', async (t) => {
  const { planOne } = await openImport(t);
  const npm = {
    registryType: 'npm',
    identifier: '@ada/weather',
    version: '1.0.2',
    transport: stdio,
    runtimeArguments: [{ type: 'positional', value: '-y' }],
    packageArguments: [
      { type: 'positional', value: 'serve' },
      { type: 'named', name: '--units', default: 'metric', choices: ['metric', 'imperial'] },
      { type: 'named', name: '--verbose' },
      {
        type: 'named',
        name: '--home',
        value: '{base}/x',
        variables: { base: { isRequired: true, description: 'Base' } },
      },
      {
        type: 'positional',
        valueHint: 'target_dir',
        format: 'filepath',
        isRepeated: true,
        isRequired: true,
        description: 'Folders',
      },
    ],
    environmentVariables: [
      { name: 'WEATHER_API_KEY', description: 'Key', isRequired: true, isSecret: true },
      { name: 'MODE', value: 'plain' },
      { name: 'retries', format: 'number', default: '3' },
    ],
  };
  const planned = await planOne({ source: text({ packages: [npm] }) });
  t.match(planned, { name: 'weather', kind: 'registry', state: 'new', description: 'Tells the weather' });
  t.strictSame(planned.manifest, {
    source: {
      command: 'npx',
      args: [
        '-y',
        '@ada/weather@1.0.2',
        'serve',
        '--units=${settings.units}',
        '--verbose',
        '--home=${settings.base}/x',
        '${settings.target_dir}',
      ],
      env: { MODE: 'plain', retries: '${settings.retries}' },
    },
    permissions: { fs: { read: ['${settings.target_dir}'] } },
    settings: {
      units: { type: 'string', title: '--units', choices: ['metric', 'imperial'], default: 'metric' },
      base: { type: 'string', title: 'base', description: 'Base', required: true },
      target_dir: {
        type: 'directory',
        title: 'target_dir',
        description: 'Folders',
        required: true,
        multiple: true,
      },
      WEATHER_API_KEY: {
        type: 'string',
        title: 'WEATHER_API_KEY',
        description: 'Key',
        required: true,
        sensitive: true,
      },
      retries: { type: 'number', title: 'retries', default: 3 },
    },
  });
  t.match(planned.installs, [/npm package @ada\/weather@1\.0\.2/]);
});

await t.test('remotes, with secrets in headers and variables in the address', async (t) => {
  const { planOne } = await openImport(t);
  const remotes = [
    {
      type: 'streamable-http',
      url: 'https://{region}.example.com/mcp',
      variables: { region: { default: 'eu', choices: ['eu', 'us'] } },
      headers: [
        {
          name: 'Authorization',
          value: 'Bearer {token}',
          variables: { token: { isSecret: true, isRequired: true } },
        },
      ],
    },
  ];
  const planned = await planOne({ source: text({ remotes }) });
  t.strictSame(planned.manifest, {
    source: {
      url: 'https://${settings.region}.example.com/mcp',
      headers: { Authorization: 'Bearer ${settings.token}' },
    },
    settings: {
      region: { type: 'string', title: 'region', choices: ['eu', 'us'], default: 'eu' },
      token: { type: 'string', title: 'token', required: true, sensitive: true },
    },
  });
});

await t.test('the first package that runs here is taken, else the remote, else the reason', async (t) => {
  const { planOne } = await openImport(t);
  const pypi = { registryType: 'pypi', identifier: 'weather', version: '1.0', transport: stdio };
  const npm = { registryType: 'npm', identifier: 'weather', version: '1.0.0', transport: stdio };
  const remote = { type: 'streamable-http', url: 'https://example.com/mcp' };
  const planned = async (more: Readonly<Record<string, unknown>>) => await planOne({ source: text(more) });
  t.match(await planned({ packages: [pypi, npm], remotes: [remote] }), { command: 'npx -y weather@1.0.0' });
  t.match(await planned({ packages: [pypi], remotes: [remote] }), { command: 'https://example.com/mcp' });
  for (const [more, problem] of [
    [{ packages: [pypi] }, /Python package/],
    [{ packages: [{ ...npm, registryType: 'oci' }] }, /"oci" are not installed/],
    [{ packages: [{ ...npm, version: '^1.0.0' }] }, /not an exact one/],
    [{ packages: [{ ...npm, version: 'latest' }] }, /not an exact one/],
    [{ packages: [{ ...npm, transport: { type: 'streamable-http', url: 'http://x' } }] }, /listens/],
    [{ remotes: [{ type: 'sse', url: 'https://example.com/sse' }] }, /"sse"/],
  ] as const) {
    t.match(await planned(more), { state: 'blocked', obstacle: { problem, todo: /\w/ } });
  }
  await t.rejects(planned({}), { code: 'IMPORT_INVALID' });
  await t.rejects(planned({ packages: [] }), { message: /neither packages nor remotes/ });
  await t.rejects(planned({ name: 'no slash', packages: [npm] }), { message: /io\.github\.user/ });
  t.match(await planned({ packages: [{ ...npm, registryBaseUrl: 'https://npm.example.com/' }] }), {
    manifest: { source: { args: ['-y', '--registry=https://npm.example.com', 'weather@1.0.0'] } },
  });
  const common = `https://${['registry', 'npmjs', 'org'].join('.')}/`;
  t.strictSame((await planned({ packages: [{ ...npm, registryBaseUrl: common }] }))?.manifest?.['source'], {
    command: 'npx',
    args: ['-y', 'weather@1.0.0'],
  });
});

await t.test('from an https address, in the envelope of the registry too', async (t) => {
  const { planOne, net } = await openImport(t);
  const npm = { registryType: 'npm', identifier: 'weather', version: '1.0.0', transport: stdio };
  const server = { ...head, packages: [npm] };
  net.set('https://registry.example/v0/weather', () => Response.json({ server, _meta: {} }));
  t.match(await planOne({ source: { fetch: 'https://registry.example/v0/weather' } }), {
    name: 'weather',
    state: 'new',
  });
  await t.rejects(planOne({ source: { fetch: 'https://registry.example/none' } }), {
    code: 'DOWNLOAD_FAILED',
    message: /answered 404/,
  });
  net.set('https://registry.example/big', () => new Response(Buffer.alloc(2_000_000, ' ')));
  await t.rejects(planOne({ source: { fetch: 'https://registry.example/big' } }), {
    message: /more than 1048576/,
  });
  await t.rejects(planOne({ source: { fetch: 'http://registry.example/' } }), { name: 'ZodError' });
});

await t.test('a bundle is fetched only with its hash, which must be right', async (t) => {
  const { planOne, install, net, root, stores } = await openImport(t);
  const file = join(root, 'a.mcpb');
  writeBundle(file, bundleManifest(), [{ name: 'server/index.js', data: '' }]);
  const bytes = readFileSync(file);
  const fileSha256 = createHash('sha256').update(bytes).digest('hex');
  net.set('https://example.com/a.mcpb', () => new Response(bytes));
  const mcpb = { registryType: 'mcpb', identifier: 'https://example.com/a.mcpb', transport: stdio };
  const source = (more: object) => text({ packages: [{ ...mcpb, ...more }] });
  t.match(await planOne({ source: source({ fileSha256 }) }), {
    kind: 'mcpb',
    manifest: { source: { sha256: fileSha256 } },
  });
  t.match(await install({ source: source({ fileSha256 }) }), [{ outcome: 'added' }]);
  t.same(readFileSync(stores.bundles.fileOf(fileSha256)), bytes);
  await t.rejects(planOne({ source: source({ fileSha256: 'a'.repeat(64) }) }), { message: /its SHA-256 is/ });
  await t.rejects(planOne({ source: source({}) }), { code: 'DOWNLOAD_FAILED', message: /does not say/ });
  const plain = { ...mcpb, fileSha256, identifier: 'http://example.com/a.mcpb' };
  await t.rejects(planOne({ source: source(plain) }), { message: /no https address/ });
});

await t.test('a file', async (t) => {
  const { planOne, root } = await openImport(t);
  const file = join(root, 'server.json');
  writeFileSync(
    file,
    JSON.stringify({ ...head, remotes: [{ type: 'streamable-http', url: 'https://example.com/mcp' }] }),
  );
  t.match(await planOne({ source: { file }, name: 'mine' }), { name: 'mine', state: 'new' });
});
