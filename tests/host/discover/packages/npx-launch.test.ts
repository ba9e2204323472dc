import { statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startRegistry } from '../../../fixtures/npm-registry.ts';
import { benchOf, writePackage } from '../../../fixtures/prepare-bench.ts';

function npx(...args: string[]): Readonly<Record<string, unknown>> {
  return { source: { command: 'npx', args } };
}

await t.test('npx: installed, then run by Node without npx', async (t) => {
  await using registry = await startRegistry([
    {
      name: '@demo/server',
      version: '1.0.0',
      manifest: { bin: { one: './one.js', two: 'two.sh', flags: 'flags.js', gone: 'gone.js' } },
      files: {
        'one.js': 'console.log(1);',
        'two.sh': '#!/bin/sh\n',
        'flags.js': '#!/usr/bin/env -S node --no-warnings\n',
      },
    },
    { name: 'library', version: '1.0.0', files: { 'index.js': '' } },
  ]);
  const { dir, prepare, process } = benchOf(t, { npm_config_registry: registry.url });
  const home = join(dir, 'data', 'packages', '@demo+server@1.0.0');
  const inside = (file: string): string => join(home, 'node_modules', '@demo', 'server', file);

  const one = await process(npx('-y', '--package=@demo/server', 'one', '${workspace}'));
  t.match(one, {
    command: 'node',
    args: [inside('one.js'), join(dir, 'workspace')],
    cwd: join(dir, 'data', 'plugins', 'demo'),
    packageDirs: [home],
  });
  t.match(await process(npx('-p', '@demo/server', 'flags', 'x')), {
    command: 'node',
    args: ['--no-warnings', inside('flags.js'), 'x'],
  });
  const two = await process(npx('-p', '@demo/server', 'two'));
  t.match(two, { command: inside('two.sh'), args: [] });
  t.equal(statSync(two.command).mode & 0o111, 0o111, 'it is executable');
  t.equal(
    one.artifactHash,
    (await process(npx('-y', '--package=@demo/server@1.0.0', 'one', '${workspace}'))).artifactHash,
  );

  await t.rejects(prepare(npx('-y', '@demo/server')), {
    code: 'MANIFEST_INVALID',
    data: {
      key: 'source.args',
      problem: /no program "server"/,
      todo: /--package=@demo\/server" and then one of "one", "two"/,
    },
  });
  await t.rejects(prepare(npx('-p', '@demo/server', 'gone')), {
    code: 'MANIFEST_INVALID',
    message: /is not in it/,
  });
  await t.rejects(prepare(npx('library')), { code: 'MANIFEST_INVALID', message: /has no program/ });
});

await t.test('npx inside a package is installed too, and errors name its mcp.json', async (t) => {
  await using registry = await startRegistry([
    { name: 'server', version: '1.0.0', manifest: { bin: 'main.js' }, files: { 'main.js': '' } },
  ]);
  const { dir, prepare, process, write } = benchOf(t, { npm_config_registry: registry.url });
  const root = join(dir, 'plugins', 'demo');
  writePackage(write, {
    main: { type: 'stdio', command: 'npx', args: ['-y', 'server@1.0.0', '${PLUGIN_ROOT}/config'] },
  });
  t.match(await process({ source: { plugin: 'demo' } }), {
    command: 'node',
    args: [join(dir, 'data/packages/server@1.0.0/node_modules/server/main.js'), join(root, 'config')],
    cwd: root,
    env: { PLUGIN_ROOT: root },
    packageDirs: [root, join(dir, 'data/packages/server@1.0.0')],
  });
  writePackage(write, { main: { type: 'stdio', command: 'npx', args: ['--what', 'server'] } });
  await t.rejects(prepare({ source: { plugin: 'demo' } }), {
    code: 'PLUGIN_INVALID',
    data: { file: join(root, 'mcp.json'), key: 'mcpServers.main.args[0]' },
  });
});
