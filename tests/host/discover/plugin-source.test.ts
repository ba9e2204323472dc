import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { pluginJsonId } from '../../../runtime/contract/plugin-package.ts';
import { benchOf, writePackage } from '../../fixtures/prepare-bench.ts';

await t.test('plugin: the only server is taken, with PLUGIN_ROOT and PLUGIN_DATA (§9.1)', async (t) => {
  const { dir, process, write } = benchOf(t);
  const root = join(dir, 'plugins', 'demo');
  writePackage(write, {
    main: { type: 'stdio', command: 'node', args: ['${PLUGIN_ROOT}/s.js'], env: { A: '1' } },
  });
  const expected = {
    command: 'node',
    args: [join(root, 's.js')],
    cwd: root,
    env: { A: '1', PLUGIN_ROOT: root, PLUGIN_DATA: join(dir, 'data', 'plugins', 'demo') },
    packageDirs: [root],
  };
  t.match(await process({ source: { plugin: '../plugins/demo' } }), expected);
  t.match(
    await process({ source: { plugin: 'demo' } }),
    expected,
    'a bare name is one of the plugins folder',
  );
  t.match(await process({ source: { plugin: root } }), expected, 'an absolute path');
});

await t.test('plugin: its own program, and a data folder as cwd', async (t) => {
  const { dir, process, write } = benchOf(t);
  writePackage(write, { main: { type: 'stdio', command: './bin/run it', cwd: '${PLUGIN_DATA}' } });
  write('plugins/demo/bin/run it', '#!/bin/sh\n');
  t.match(await process({ source: { plugin: 'demo' } }), {
    command: join(dir, 'plugins', 'demo', 'bin', 'run it'),
    cwd: join(dir, 'data', 'plugins', 'demo'),
  });
});

await t.test('plugin: several servers need a choice', async (t) => {
  const { process, prepare, write } = benchOf(t);
  const server = { type: 'stdio', command: 'node' };
  writePackage(write, { first: { ...server, args: ['1'] }, second: { ...server, args: ['2'] } });
  await t.rejects(prepare({ source: { plugin: 'demo' } }), {
    code: 'MANIFEST_INVALID',
    data: { key: 'source.server', todo: /"first", "second"/ },
  });
  t.match(await process({ source: { plugin: 'demo', server: 'second' } }), { args: ['2'] });
  await t.rejects(prepare({ source: { plugin: 'demo', server: 'secnd' } }), {
    code: 'MANIFEST_INVALID',
    data: { todo: /Did you mean "second"/ },
  });
});

await t.test('plugin: a skipped server is a warning, unless it is the one wanted', async (t) => {
  const { process, prepare, write } = benchOf(t);
  writePackage(write, { bad: { type: 'stdio' }, good: { type: 'stdio', command: 'node', args: ['x'] } });
  const { args, warnings } = await process({ source: { plugin: 'demo' } });
  t.same(args, ['x']);
  t.match(warnings, [/mcpServers\.bad\.command: is missing/]);
  await t.rejects(prepare({ source: { plugin: 'demo', server: 'bad' } }), { code: 'PLUGIN_INVALID' });
});

await t.test('plugin: nothing to run is an error that says why', async (t) => {
  const { prepare, write } = benchOf(t);
  write('plugins/demo/plugin.json', { $schema: pluginJsonId, name: 'demo' });
  await t.rejects(prepare({ source: { plugin: 'demo' } }), {
    code: 'PLUGIN_INVALID',
    message: /no MCP server/,
  });
  write('plugins/demo/mcp.json', '{');
  await t.rejects(prepare({ source: { plugin: 'demo' } }), {
    code: 'PLUGIN_INVALID',
    message: /not valid JSON/,
  });
  await t.rejects(prepare({ source: { plugin: '../none' } }), {
    code: 'MANIFEST_INVALID',
    message: /not a folder/,
  });
});

await t.test('plugin: a remote server is taken literally', async (t) => {
  const { prepare, write } = benchOf(t, { T: 'secret' });
  writePackage(write, {
    main: { type: 'streamable-http', url: 'https://example.com/${env:T}', headers: { A: '${env:T}' } },
  });
  t.match(await prepare({ source: { plugin: 'demo' }, permissions: { env: ['T'] } }), {
    kind: 'remote',
    url: 'https://example.com/${env:T}',
    headers: { A: '${env:T}' },
  });
});

await t.test('plugin: what it asks for is only reported', async (t) => {
  const { process, write } = benchOf(t);
  const asked = {
    fs: { write: ['${workspace}'] },
    net: ['api.example.com:443', 'b.example.com:443'],
    exec: true,
  };
  writePackage(
    write,
    { main: { type: 'stdio', command: 'node', args: ['x'] } },
    { 'dev.nexus': { permissions: asked } },
  );
  const granted = { fs: { write: ['${workspace}'] }, net: ['api.example.com:443'] };
  const { warnings } = await process({ source: { plugin: 'demo' }, permissions: granted });
  t.match(warnings, [/permissions\.net \["b\.example\.com:443"\]/, /permissions\.exec \[true\]/]);
  t.equal(warnings.length, 2);
});

await t.test('plugin: a bundled entry runs from one file', async (t) => {
  const { dir, process, write } = benchOf(t);
  const server = { type: 'stdio', command: 'node', args: ['${PLUGIN_ROOT}/src/main.ts', '--flag'] };
  writePackage(
    write,
    { main: server, plain: { ...server, args: ['x.js'] } },
    { 'dev.nexus': { bundle: 'src/main.ts' } },
  );
  write('plugins/demo/src/main.ts', 'import { word } from "./word.ts"; console.log(word satisfies string);');
  write('plugins/demo/src/word.ts', 'export const word: string = "first";');
  const source = { plugin: 'demo', server: 'main' };
  const before = await process({ source });
  const [file = '', flag] = before.args;
  t.equal(flag, '--flag');
  t.match(readFileSync(file, 'utf8'), /"first"/);
  t.same(before.packageDirs, [dirname(file)], 'and sees nothing else');
  t.equal(before.cwd, dirname(file));
  t.match(file.startsWith(join(dir, 'data', 'cache', 'bundles')), true);
  t.match(before.env, { PLUGIN_ROOT: join(dir, 'plugins', 'demo') });

  write('plugins/demo/src/word.ts', 'export const word: string = "second";');
  const after = await process({ source });
  t.not(after.artifactHash, before.artifactHash);
  t.match(readFileSync(after.args[0] ?? '', 'utf8'), /"second"/);
  t.match(
    await process({ source: { plugin: 'demo', server: 'plain' } }),
    { args: ['x.js'] },
    'other servers are as they are',
  );
});
