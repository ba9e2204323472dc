import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openImport } from '../../fixtures/import-stage.ts';

const token = 'ghp_0123456789abcdefghijABCDEFGHIJ456789';

await t.test('claude_desktop_config.json: every server, secrets moved out', async (t) => {
  const { plan, root } = await openImport(t);
  const docs = join(root, 'docs');
  mkdirSync(docs);
  const file = join(root, 'claude_desktop_config.json');
  const mcpServers = {
    'My Files': { command: 'npx', args: ['-y', '@modelcontextprotocol/server-filesystem', docs] },
    github: {
      command: 'npx',
      args: ['-y', 'some-github-server@1.4.0', '--log', 'warn'],
      env: { GITHUB_PERSONAL_ACCESS_TOKEN: token, LOG: 'info', API: 'https://api.github.com' },
      autoApprove: ['x'],
    },
    windows: { command: 'cmd', args: ['/c', 'npx', '-y', 'some-server@2.0.0'] },
  };
  writeFileSync(file, JSON.stringify({ mcpServers, theme: 'dark' }));
  const [files, github, windows, ...more] = await plan({ source: { file } });
  t.same(more, []);
  t.match(files, {
    name: 'my-files',
    kind: 'client-config',
    state: 'new',
    needs: [{ flag: `--allow-read ${docs}`, text: /the folder.*--allow-write/ }],
    installs: [/npm package @modelcontextprotocol\/server-filesystem/],
    settings: [],
  });
  t.strictSame(files?.manifest, { source: mcpServers['My Files'] });
  t.match(files?.permissions, [
    { about: 'Files', allowed: 'its own code (reading) and its own data folder' },
    { about: 'Network', allowed: 'none' },
  ]);
  t.strictSame(github?.manifest, {
    source: {
      command: 'npx',
      args: ['-y', 'some-github-server@1.4.0', '--log', 'warn'],
      env: { LOG: 'info', API: 'https://api.github.com' },
    },
    settings: {
      GITHUB_PERSONAL_ACCESS_TOKEN: {
        type: 'string',
        title: 'GITHUB_PERSONAL_ACCESS_TOKEN',
        sensitive: true,
        required: true,
      },
    },
  });
  t.match(github?.settings, [{ key: 'GITHUB_PERSONAL_ACCESS_TOKEN', hasValue: true, isMoved: true }]);
  t.match(github?.needs, [{ flag: '--allow-net api.github.com:443' }]);
  t.match(github?.warnings, [/autoApprove/]);
  t.match(windows, { command: 'npx -y some-server@2.0.0', warnings: [/cmd/] });
  t.notMatch(JSON.stringify([files, github, windows]), token, 'the secret is in no plan');
});

await t.test('.mcp.json: remote servers, references to variables', async (t) => {
  const { plan } = await openImport(t);
  const mcpServers = {
    far: {
      type: 'http',
      url: 'https://mcp.example.com/mcp?api_key=abcdef123456',
      headers: { Authorization: `Bearer ${token}`, 'X-Team': 'blue', 'X-Api-Key': '${API_KEY}' },
    },
    near: {
      command: '${HOME}/bin/server',
      args: ['--url', '${BASE_URL:-https://example.com}'],
      env: {
        API_KEY: '${API_KEY}',
        MODE: '${MODE:-fast}',
        SECRET_TOKEN: '${SECRET_TOKEN:-plain-text-secret}',
      },
    },
    old: { type: 'sse', url: 'https://example.com/sse?token=abcdef123456' },
  };
  const [far, near, old] = await plan({ source: { text: JSON.stringify({ mcpServers }) } });
  t.match(far?.manifest, {
    source: {
      url: 'https://mcp.example.com/mcp?api_key=${settings.api_key}',
      headers: {
        Authorization: 'Bearer ${settings.Authorization}',
        'X-Team': 'blue',
        'X-Api-Key': '${settings.API_KEY}',
      },
    },
    settings: {
      api_key: { sensitive: true },
      Authorization: { sensitive: true },
      API_KEY: { sensitive: true },
    },
  });
  t.match(far?.permissions, [{ about: 'This machine' }]);
  t.match(near?.manifest['source'], {
    command: '${home}/bin/server',
    args: ['--url', '${settings.BASE_URL}'],
  });
  t.match(near?.manifest['settings'], {
    BASE_URL: { default: 'https://example.com', required: false },
    API_KEY: { sensitive: true, required: true },
    MODE: { default: 'fast' },
    SECRET_TOKEN: { sensitive: true, default: undefined },
  });
  t.match(
    near?.settings.find(({ key }) => key === 'SECRET_TOKEN'),
    { hasValue: true, isMoved: true },
  );
  t.match(old, { state: 'blocked', obstacle: { problem: /SSE/ } });
  const shown = JSON.stringify([far, near, old]);
  for (const secret of [token, 'abcdef123456', 'plain-text-secret']) t.notMatch(shown, secret);
});

await t.test('secrets that no name for logs covers are moved out as well', async (t) => {
  const { plan } = await openImport(t);
  const names = `PGPASSWORD OPENAI_KEY WEATHER_KEY STRIPE_KEY LICENSE_KEY GITHUB_PAT REDISCLI_AUTH DOCKER_AUTH_CONFIG`;
  const env = Object.fromEntries(names.split(' ').map((name) => [name, `LITERAL ${name}`]));
  const harmless = { KEY_PATH: 'k', AUTH_URL: 'a', LANGFUSE_PUBLIC_KEY: 'p', SSL_KEY: import.meta.filename };
  const args = [
    'server.js',
    '--key',
    'LITERAL-1',
    '-e',
    'PGPASSWORD=LITERAL-2',
    '--header',
    'X-Key: LITERAL-3',
  ];
  const mcpServers = {
    near: {
      command: 'node',
      args: [...args, '--env=MY_KEY=LITERAL-4', '--url=https://h.example/?key=LITERAL-5', '--max', '3'],
      env: { ...env, ...harmless, BASE: 'https://h.example/?key=LITERAL-6&page=2' },
    },
    far: {
      url: 'https://LITERAL-7@h.example/mcp?token=LITERAL-8&token=LITERAL-9&api%5Fkey=LITERAL%2F10&page=2',
      headers: { 'X-Key': 'LITERAL-11', 'Ocp-Apim-Subscription-Key': 'LITERAL-12' },
    },
    pair: { url: 'https://me:LITERAL-13@h.example/mcp' },
  };
  const text = JSON.stringify({ mcpServers });
  const planned = await plan({ source: { text } });
  t.notMatch(JSON.stringify(planned), 'LITERAL');
  const [near, far, pair] = planned;
  t.match(near?.manifest['source'], {
    args: [
      'server.js',
      '--key',
      '${settings.key}',
      '-e',
      'PGPASSWORD=${settings.PGPASSWORD}',
      '--header',
      'X-Key: ${settings.X_Key}',
      '--env=MY_KEY=${settings.MY_KEY}',
      '--url=https://h.example/?key=${settings.key_2}',
      '--max',
      '3',
    ],
  });
  t.match(near?.manifest['source'], {
    env: { ...harmless, BASE: /^https:.*key=\$\{settings\.\w+\}&page=2$/ },
  });
  t.match(far?.manifest['source'], {
    url: 'https://${settings.password}@h.example/mcp?token=${settings.token}&token=${settings.token_2}&api%5Fkey=${settings.api_key}&page=2',
  });
  t.match(pair?.manifest['source'], { url: 'https://me:${settings.password}@h.example/mcp' });
});

await t.test("VS Code's mcp.json: inputs become settings, comments are fine", async (t) => {
  const { plan, root } = await openImport(t);
  const file = join(root, 'mcp.json');
  writeFileSync(
    file,
    `{
    // what is asked once
    "inputs": [
      { "type": "promptString", "id": "perplexity-key", "description": "Perplexity API key", "password": true },
      { "type": "pickString", "id": "region", "description": "Where", "options": ["eu", { "label": "US", "value": "us" }], "default": "eu" },
    ],
    "servers": {
      "perplexity": {
        "type": "stdio", "command": "npx", "args": ["-y", "server-perplexity@0.1.0", "--root", "\${workspaceFolder}"],
        "env": { "PERPLEXITY_API_KEY": "\${input:perplexity-key}", "REGION": "\${input:region}", "WHO": "\${env:WHO}" },
        "envFile": "\${workspaceFolder}/.env",
      },
    },
  }`,
  );
  const [only] = await plan({ source: { file }, server: 'perplexity' });
  t.strictSame(only?.manifest, {
    source: {
      command: 'npx',
      args: ['-y', 'server-perplexity@0.1.0', '--root', '${workspace}'],
      env: { PERPLEXITY_API_KEY: '${settings.perplexity-key}', REGION: '${settings.region}' },
    },
    settings: {
      'perplexity-key': {
        type: 'string',
        title: 'perplexity-key',
        description: 'Perplexity API key',
        required: true,
        sensitive: true,
      },
      region: {
        type: 'string',
        title: 'region',
        description: 'Where',
        required: false,
        choices: ['eu', 'us'],
        default: 'eu',
      },
      WHO: { type: 'string', title: 'WHO', required: true },
    },
  });
  t.match(only?.warnings, [/\.env are not taken over/]);
  t.match(
    only?.settings.map(({ key, hasValue }) => [key, hasValue]),
    [
      ['perplexity-key', false],
      ['region', true],
      ['WHO', false],
    ],
  );
});

await t.test('scripts and folders are found from where the file lies', async (t) => {
  const { planOne, root } = await openImport(t);
  const dir = join(root, 'project');
  mkdirSync(join(dir, 'servers'), { recursive: true });
  writeFileSync(join(dir, 'servers', 'a.js'), '');
  const file = join(dir, '.mcp.json');
  writeFileSync(
    file,
    '{ "mcpServers": { "a": { "command": "node", "args": ["servers/a.js", "servers"], "cwd": "." } } }',
  );
  const planned = await planOne({ source: { file } });
  t.match(planned.manifest['source'], { args: [join(dir, 'servers/a.js'), 'servers'], cwd: dir });
  t.match(planned.needs, [{ flag: `--allow-read ${dir}` }], 'a working directory must be readable');
});

await t.test('what cannot run here says what is missing', async (t) => {
  const { plan } = await openImport(t);
  const mcpServers = {
    a: { command: 'uvx', args: ['mcp-server-git'] },
    b: { command: 'docker', args: ['run', '-i', '--rm', 'mcp/fetch'] },
    c: { command: 'no-such-program' },
  };
  const plans = await plan({ source: { text: JSON.stringify({ mcpServers }) } });
  t.match(plans, [
    { state: 'blocked', obstacle: { problem: /Python/, todo: /virtual environment/ }, permissions: [] },
    { state: 'blocked', obstacle: { problem: /container/ } },
    { state: 'blocked', obstacle: { problem: /not on this machine/, todo: /PATH/ } },
  ]);
});

await t.test('a file that makes no sense is refused with what to do', async (t) => {
  const { plan, root } = await openImport(t);
  const refused = (text: string, message: RegExp, server?: string) =>
    t.rejects(plan({ source: { text }, ...(server === undefined ? {} : { server }) }), {
      code: 'IMPORT_INVALID',
      message,
    });
  await refused('{ "mcpServers": ', /not JSON .*line 1/);
  await refused('[]', /no JSON object/);
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  await refused(deep, /nested deeper than 256 levels/);
  await refused(`{ // a "quote\n "mcpServers": ${deep} }`, /nested deeper than 256 levels/);
  await refused('{ "some": 1 }', /declares no server/);
  await refused('{ "mcpServers": {} }', /declares no server/);
  await refused('{ "mcpServers": { "a": {} } }', /neither "command" nor "url"/);
  await refused('{ "mcpServers": { "a": { "command": 3 } } }', /mcpServers\.a\.command is 3.*text/);
  await refused('{ "mcpServers": { "a": { "command": "x" } } }', /no server "b".*"a"/, 'b');
  await refused('{ "manifest_version": "0.3" }', /part of a bundle/);
  const todo = /plugin\.json.*\.mcp\.json/;
  writeFileSync(join(root, '.mcp.json'), '{}');
  await t.rejects(plan({ source: { file: root } }), { message: todo });
  await t.rejects(plan({ source: { file: join(root, 'nowhere') } }), { message: /there is nothing/ });
  await t.rejects(plan({ source: { file: homedir() } }), { code: 'IMPORT_INVALID' });
});

await t.test('several servers are not named, granted or set at once', async (t) => {
  const { plan } = await openImport(t);
  const text = '{ "mcpServers": { "a": { "command": "node" }, "A": { "command": "node" } } }';
  for (const more of [{ name: 'x' }, { allow: { net: ['a.example:443'] } }, { settings: { K: 'v' } }]) {
    await t.rejects(plan({ source: { text }, ...more }), { message: /2 servers.*--server: "a", "A"/ });
  }
  t.same(
    (await plan({ source: { text } })).map(({ name }) => name),
    ['a', 'a-2'],
  );
});
