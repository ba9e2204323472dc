import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadAgentPlugin } from '../../../runtime/host/discover/agent-plugin.ts';
import { PLUGIN_ROOT, startCode } from './harness.ts';

t.setTimeout(300_000);

for (const era of ['legacy', 'auto'] as const) {
  await t.test(
    `speaks to a client of the ${era === 'legacy' ? '2025-11-25' : '2026-07-28'} protocol`,
    async (test) => {
      const plugin = await startCode(test, era);
      test.equal(plugin.client.getProtocolEra(), era === 'legacy' ? 'legacy' : 'modern');
      const { tools } = await plugin.client.listTools();
      test.match(tools, [
        {
          name: 'run_javascript',
          annotations: { readOnlyHint: true, openWorldHint: false },
          inputSchema: { type: 'object', required: ['source'], additionalProperties: false },
        },
      ]);
      test.equal(tools.length, 1);
      test.same(await plugin.result('return input.a + 1', { input: { a: 1 } }), 2);
      test.match(await plugin.refusal('return 1', { memoryMb: 7 }), /memoryMb/);
      test.match(await plugin.refusal('', {}), /source/);
    },
  );
}

await t.test('a script gets its input, gives its result, and logs', async (test) => {
  const plugin = await startCode(test);
  test.same(await plugin.result('return input'), null);
  test.same(await plugin.result('return input', { input: [1, { b: 'ü' }] }), [1, { b: 'ü' }]);
  test.same(await plugin.result('const x = 1'), null, 'nothing returned is null');
  test.same(await plugin.result('return await new Promise((done) => done({ at: new Date(0) }))'), {
    at: '1970-01-01T00:00:00.000Z',
  });
  const logged = await plugin.run(
    "console.log('a', 1, { b: [2] }, null, undefined, 3n); console.error(new TypeError('wrong')); console.warn(() => 1); return 1",
  );
  test.same(logged, {
    result: 1,
    console: [
      { level: 'log', text: 'a 1 {"b":[2]} null undefined 3n' },
      { level: 'error', text: 'TypeError: wrong' },
      { level: 'warn', text: '() => 1' },
    ],
    consoleCut: false,
  });
});

await t.test('it has what is declared, and it is right', async (test) => {
  const plugin = await startCode(test);
  const source = `
    const bytes = new TextEncoder().encode('aé€😀');
    const url = new URL('/b?q=1&q=2&r=%20x#h', 'https://user@example.org:8443/a');
    const original = { list: [1], when: new Date(0) };
    const copy = structuredClone(original);
    let invalid;
    try { new URL('nowhere') } catch (error) { invalid = error.name + ': ' + error.message }
    return {
      bytes: [...bytes], text: new TextDecoder().decode(bytes), base64: btoa('hello'), back: atob('aGVsbG8='),
      sha: [nexus.sha256('abc'), nexus.sha256(new Uint8Array([97, 98, 99]))],
      uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-4/.test(crypto.randomUUID()),
      copy: [copy !== original, copy.list !== original.list, copy.when instanceof Date],
      url: [String(url), url.host, url.pathname, url.hash, url.searchParams.get('q'), url.searchParams.getAll('q'),
        url.searchParams.has('z'), [...url.searchParams], url.searchParams.toString()], invalid,
      query: new URLSearchParams('a=1&b=2').get('b'),
    }`;
  const sha = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  test.same(await plugin.result(source), {
    bytes: [...Buffer.from('aé€😀')],
    text: 'aé€😀',
    base64: 'aGVsbG8=',
    back: 'hello',
    sha: [sha, sha],
    uuid: true,
    copy: [true, true, true],
    url: [
      'https://user@example.org:8443/b?q=1&q=2&r=%20x#h',
      'example.org:8443',
      '/b',
      '#h',
      '1',
      ['1', '2'],
      false,
      [
        ['q', '1'],
        ['q', '2'],
        ['r', ' x'],
      ],
      'q=1&q=2&r=%20x',
    ],
    invalid: 'TypeError: Invalid URL: nowhere',
    query: '2',
  });
  const absent = ['process', 'require', 'fetch', 'setTimeout', 'WebAssembly', 'Buffer', 'ivm'];
  test.same(
    await plugin.result(`return [${absent.map((name) => `typeof ${name}`).join()}]`),
    absent.map(() => 'undefined'),
  );
});

await t.test('an error says where, what to do, and what was logged before', async (test) => {
  const plugin = await startCode(test);
  test.match(
    await plugin.refusal("console.log('so far');\nnull.x"),
    /^SCRIPT_FAILED: TypeError: Cannot read properties of null \(reading 'x'\)\. Correct the script\.\n +at script\.js:2:6\nConsole:\n\[log\] so far$/,
  );
  test.match(
    await plugin.refusal('const a = 1;\nconst b = ;'),
    /^SYNTAX_ERROR: .*\[script\.js:2:11\]\. The source is the body/,
  );
  test.match(await plugin.refusal('import x from "y"'), /^SYNTAX_ERROR: /);
  test.match(
    await plugin.refusal('}); ({ x: 1'),
    /^SYNTAX_ERROR: The source does not end where its function ends/,
  );
  test.match(await plugin.refusal('throw { a: 1 }'), /^SCRIPT_FAILED: it threw \{"a":1\}\./);
  test.match(await plugin.refusal('throw undefined'), /^SCRIPT_FAILED: it threw undefined\./);
  test.match(await plugin.refusal('await new Promise(() => {})'), /^NEVER_SETTLED: .* There are no timers/);
  test.match(
    await plugin.refusal('return () => 1'),
    /^RESULT_NOT_JSON: The result is a function\. Return plain/,
  );
  test.match(await plugin.refusal('return 1n'), /^RESULT_NOT_JSON: .*BigInt/);
  test.match(await plugin.refusal('const a = {}; a.a = a; return a'), /^RESULT_NOT_JSON: .*circular/);
  const timedOut = await plugin.refusal("console.info('before'); for (;;);", { timeoutMs: 300 });
  test.match(timedOut, /^TIME_LIMIT: It did not end within 300 ms\..*\nConsole:\n\[info\] before$/);
});

await t.test('every limit is a number a caller can change', async (test) => {
  const plugin = await startCode(test);
  const hungry = 'return new Uint8Array(100 * 2 ** 20).fill(1).length';
  test.match(await plugin.refusal(hungry), /^MEMORY_LIMIT: /);
  test.equal(await plugin.result(hungry, { memoryMb: 256 }), 100 * 2 ** 20);
  const busy = 'const end = Date.now() + 400; while (Date.now() < end); return 1';
  test.match(
    await plugin.refusal('for (;;);', { cpuMs: 100, timeoutMs: 60_000 }),
    /^CPU_LIMIT: It used 100 ms of processor time\. /,
  );
  test.match(await plugin.refusal(busy, { timeoutMs: 100 }), /^TIME_LIMIT: /);
  test.equal(await plugin.result(busy), 1);
  test.match(
    await plugin.refusal('return 1', { input: 'x'.repeat(1_048_577) }),
    /^INPUT_TOO_LARGE: .* 1048576 is the most/,
  );
  test.equal(await plugin.result('return input.length', { input: 'x'.repeat(1_000_000) }), 1_000_000);
});

await t.test('a console that says too much is cut, and the script goes on', async (test) => {
  const plugin = await startCode(test);
  const many = await plugin.run('for (let i = 0; i < 1e5; i++) console.log(i); return 1');
  test.match(many, { result: 1, consoleCut: true });
  test.equal(many.console.length, 1_000);
  const long = await plugin.run("for (let i = 0; i < 100; i++) console.log('x'.repeat(1e5)); return 1");
  test.match(long, { result: 1, consoleCut: true });
  test.ok(JSON.stringify(long.console).length < 80_000);
  test.match(long.console[0]?.text, /^x+… \(91808 more characters\)$/);
});

await t.test(
  'is an Agent Plugins 1.0 package with a manifest that grants what it asks for and no more',
  async (test) => {
    const loaded = await loadAgentPlugin(PLUGIN_ROOT, '/tmp');
    test.same([...loaded.skipped.values(), ...loaded.warnings], []);
    test.ok(existsSync(join(PLUGIN_ROOT, String(loaded.extension.bundle))));
    const manifest: unknown = JSON.parse(
      readFileSync(join(PLUGIN_ROOT, '../../manifests/code.json'), 'utf8'),
    );
    test.match(manifest, { permissions: { exec: true } });
    test.same(loaded.extension.permissions, {
      fs: { read: [], write: [] },
      net: [],
      env: [],
      exec: true,
    });
  },
);
