import t from 'tap';
import { NexusError } from '../../../runtime/base/errors.ts';
import { readManifest } from '../../../runtime/host/discover/read-manifest.ts';

const source = { command: 'node', args: ['server.js'] };

async function problemOf(manifest: unknown, file = '/m/demo.json'): Promise<NexusError> {
  const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest, null, 2);
  try {
    await readManifest(file, text);
  } catch (error) {
    if (error instanceof NexusError) return error;
    throw error;
  }
  throw new Error('the manifest was accepted');
}

await t.test('defaults are filled in', async (t) => {
  const manifest = await readManifest('/m/demo.json', JSON.stringify({ $schema: './x', source }));
  t.same(manifest, {
    name: 'demo',
    prefix: 'demo',
    settings: {},
    enabled: true,
    source: { ...source, env: {} },
    isolation: 'sandbox',
    permissions: { fs: { read: [], write: [] }, net: [], env: [], exec: false },
    limits: {
      memoryMb: 512,
      pids: 64,
      timeoutMs: 60_000,
      startMs: 60_000,
      concurrency: 64,
      outputBytes: 10_485_760,
    },
    tools: {},
    health: { intervalMs: 30_000, timeoutMs: 5_000, arguments: {} },
    start: 'lazy',
    idleStopMs: 600_000,
  });
  const empty = await readManifest('/m/demo.json', JSON.stringify({ name: 'demo', prefix: '', source }));
  t.equal(empty.prefix, '', 'an empty prefix is kept');
  t.match(await problemOf({ source }, '/m/agent.json'), {
    data: { key: 'prefix', todo: /another one.*another name/ },
  });
});

const mistakes: readonly {
  readonly what: string;
  readonly manifest: unknown;
  readonly key: string;
  readonly problem: RegExp;
  readonly todo: RegExp;
}[] = [
  {
    what: 'a misspelled key',
    manifest: { source, permisions: {} },
    key: 'permisions',
    problem: /not a known key/,
    todo: /Did you mean "permissions"\?/,
  },
  {
    what: 'the prefix of the own tools of the assistant',
    manifest: { source, prefix: 'agent_' },
    key: 'prefix',
    problem: /tools of the assistant itself begin with agent__/,
    todo: /Write another one/,
  },
  {
    what: 'a misspelled key deep inside',
    manifest: { source, permissions: { fs: { reed: [] } } },
    key: 'permissions.fs.reed',
    problem: /not a known key/,
    todo: /Did you mean "read"\?/,
  },
  {
    what: 'a misspelled key of a tool',
    manifest: { source, tools: { x: { efect: 'read' } } },
    key: 'tools.x.efect',
    problem: /not a known key/,
    todo: /Did you mean "effect"\?/,
  },
  {
    what: 'a key like no other',
    manifest: { source, colour: 'red' },
    key: 'colour',
    problem: /not a known key/,
    todo: /the keys known here are "\$schema", "name"/,
  },
  {
    what: 'no source',
    manifest: {},
    key: 'source',
    problem: /is missing/,
    todo: /an object/,
  },
  {
    what: 'a source of no kind',
    manifest: { source: {} },
    key: 'source',
    problem: /none of "plugin", "command", "url"/,
    todo: /Write one of/,
  },
  {
    what: 'a misspelled kind of source',
    manifest: { source: { comand: 'node' } },
    key: 'source.comand',
    problem: /not a known key/,
    todo: /Did you mean "command"\?/,
  },
  {
    what: 'two kinds of source',
    manifest: { source: { command: 'node', url: 'http://127.0.0.1/' } },
    key: 'source',
    problem: /"command", "url" at the same time/,
    todo: /Keep one/,
  },
  {
    what: 'a wrong type inside the kind of source that was meant',
    manifest: { source: { command: 'node', args: 'server.js' } },
    key: 'source.args',
    problem: /is "server.js"/,
    todo: /a list/,
  },
  {
    what: 'a value that is not one of the choices',
    manifest: { source, isolation: 'sandbx' },
    key: 'isolation',
    problem: /not one of its values/,
    todo: /Did you mean "sandbox"\?/,
  },
  {
    what: 'a number out of range',
    manifest: { source, limits: { memoryMb: 1 } },
    key: 'limits.memoryMb',
    problem: /16/,
    todo: /Change 1/,
  },
  {
    what: 'a host without port',
    manifest: { source, permissions: { net: ['127.0.0.1:1', 'localhost'] } },
    key: 'permissions.net[1]',
    problem: /must look like/,
    todo: /Change "localhost"/,
  },
  {
    what: 'an unknown placeholder',
    manifest: { source, permissions: { fs: { write: ['${wrkspace}/x'] } } },
    key: 'permissions.fs.write[0]',
    problem: /\$\{wrkspace\}/,
    todo: /\$\{workspace\}/,
  },
  {
    what: 'an unfinished placeholder',
    manifest: { source, permissions: { fs: { read: ['${workspace'] } } },
    key: 'permissions.fs.read[0]',
    problem: /is not closed/,
    todo: /\}/,
  },
  {
    what: 'a header with an environment variable that is not permitted',
    manifest: { source: { url: 'http://127.0.0.1/', headers: { Authorization: 'Bearer ${env:TOKEN}' } } },
    key: 'source.headers.Authorization',
    problem: /TOKEN, which is not permitted/,
    todo: /permissions\.env/,
  },
  {
    what: 'a header that HTTP cannot carry',
    manifest: { source: { url: 'http://127.0.0.1/', headers: { 'X Y': 'z' } } },
    key: 'source.headers.X Y',
    problem: /valid HTTP header/,
    todo: /Correct/,
  },
  {
    what: 'the same header twice',
    manifest: { source: { url: 'http://127.0.0.1/', headers: { 'X-A': '1', 'x-a': '2' } } },
    key: 'source.headers.x-a',
    problem: /same header as "X-A"/,
    todo: /Keep one/,
  },
  {
    what: 'a name that is not that of the file',
    manifest: { name: 'other', source },
    key: 'name',
    problem: /is "other", but the file is "demo\.json"/,
    todo: /rename the file to "other\.json"/,
  },
  {
    what: 'something that is no object',
    manifest: [],
    key: '(the whole file)',
    problem: /is \[\]/,
    todo: /an object/,
  },
];

for (const { what, manifest, key, problem, todo } of mistakes) {
  await t.test(`${what} is named, with what to write instead`, async (t) => {
    const error = await problemOf(manifest);
    t.equal(error.code, 'MANIFEST_INVALID');
    t.equal(error.data['key'], key);
    t.match(error.data['problem'], problem);
    t.match(error.data['todo'], todo);
  });
}

await t.test('the message has file, line and column, and counts what else is wrong', async (t) => {
  const error = await problemOf({ source, limits: { pids: 0 }, isolation: 'none' });
  t.match(error.message, /^MANIFEST_INVALID: \/m\/demo\.json:11:3: isolation: /);
  t.match(error.message, /and 1 more problem in this file/);
});

await t.test('a file whose name is no plugin name', async (t) => {
  const error = await problemOf({ source }, '/m/My Plugin.json');
  t.match(error.data['problem'], /not a plugin name/);
  t.match(error.data['todo'], /Rename the file/);
});

await t.test('broken JSON', async (t) => {
  const error = await problemOf('{\n  "source": {\n    "command": "node"\n    "args": []\n  }\n}');
  t.match(error.message, /\/m\/demo\.json:4:5: .*not valid JSON/);
});

await t.test('a key that is written twice is refused with both places', async (t) => {
  const text = `{
  "source": { "command": "node", "args": [] },
  "permissions": {
    "fs": { "read": [] },
    "net": [],
    "f\\u0073": { "read": ["/"] }
  }
}`;
  t.equal(
    (await problemOf(text)).message,
    'MANIFEST_INVALID: /m/demo.json:6:5: permissions.fs: is written twice, in line 4 too. Keep one of the two.',
  );
  const twice = '{"source":{"command":"node"},"source":{"url":"http://127.0.0.1"}}';
  t.match((await problemOf(twice)).message, /demo\.json:1:30: source: is written twice/);
  const inTool = JSON.stringify({ source, tools: { a: { effect: 'read' } } }).replace(
    '"effect"',
    '"effect":"read","effect"',
  );
  t.match((await problemOf(inTool)).message, /tools\.a\.effect: is written twice/);
});

await t.test('what only looks like a key written twice is none', async (t) => {
  const args = ['"a": 1, "a": 2', 'x\\', '":"', '\\":', 'y'.repeat(900_000)];
  const text = JSON.stringify({ source: { command: 'node', args, env: { A: 'a:', B: '"A":' } } });
  t.same((await readManifest('/m/demo.json', text)).source, {
    command: 'node',
    args,
    env: { A: 'a:', B: '"A":' },
  });
  const tools = { a: { effect: 'read' }, b: { effect: 'read' } };
  t.ok(await readManifest('/m/demo.json', `\uFEFF${JSON.stringify({ source, tools }, null, 2)}`));
});

await t.test('a manifest nested beyond all measure is refused, not the end of the kernel', async (t) => {
  for (const text of ['['.repeat(500_000), `{"a":1,"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}`])
    t.match(
      (await problemOf(text)).message,
      /demo\.json: \(the whole file\): is nested deeper than \d+ levels/,
    );
});
