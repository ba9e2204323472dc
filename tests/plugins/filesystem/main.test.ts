import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { z } from 'zod';
import { bundlePlugin, makeFolders, startPlugin } from './harness.ts';

const ANNOTATIONS = {
  read_file: { readOnlyHint: true, openWorldHint: false },
  write_file: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  edit_file: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
  list_dir: { readOnlyHint: true, openWorldHint: false },
  grep_search: { readOnlyHint: true, openWorldHint: false },
  move: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
  delete: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
};

for (const era of ['legacy', 'auto'] as const) {
  await t.test(
    `speaks to a client of the ${era === 'legacy' ? '2025-11-25' : '2026-07-28'} protocol`,
    async (test) => {
      const folders = makeFolders(test);
      const plugin = await startPlugin(test, folders, { era });
      test.equal(plugin.client.getProtocolEra(), era === 'legacy' ? 'legacy' : 'modern');
      const { tools } = await plugin.client.listTools();
      test.same(Object.fromEntries(tools.map((tool) => [tool.name, tool.annotations])), ANNOTATIONS);
      for (const tool of tools) {
        test.match(tool.inputSchema, { type: 'object', additionalProperties: false }, tool.name);
        test.match(tool.outputSchema, { type: 'object' });
        test.ok((tool.description ?? '').length > 40);
      }
      await plugin.call('write_file', { path: 'x', content: 'hello' });
      test.equal((await plugin.call('read_file', { path: 'x' })).text, 'hello');
      test.match(await plugin.refusal('read_file', { path: 'y' }), /^NOT_FOUND: /);
      test.match(await plugin.refusal('read_file', { file: 'x' }), /path/);
      await test.rejects(plugin.client.callTool({ name: 'unknown', arguments: {} }));
    },
  );
}

await t.test('refuses to start without a workspace, and says what to set', async (test) => {
  const folders = makeFolders(test);
  const bundle = await bundlePlugin(folders.base);
  const env = { NEXUS_WORKSPACE: join(folders.base, 'nowhere') };
  const run = spawnSync(process.execPath, [bundle], { env, encoding: 'utf8', input: '' });
  test.equal(run.status, 1);
  test.match(
    run.stderr,
    /^NOT_FOUND: The workspace ".*nowhere" cannot be opened \(ENOENT\)\. Set NEXUS_WORKSPACE/,
  );
  test.equal(run.stdout, '');
});

await t.test('takes its working directory when no workspace is set', async (test) => {
  const folders = makeFolders(test);
  writeFileSync(join(folders.workspace, 'here'), 'yes');
  const plugin = await startPlugin(test, folders, { env: {}, cwd: folders.workspace });
  test.equal((await plugin.call('read_file', { path: 'here' })).text, 'yes');
});

await t.test('ends when its input ends', async (test) => {
  const folders = makeFolders(test);
  const bundle = await bundlePlugin(folders.base);
  const env = { NEXUS_WORKSPACE: folders.workspace };
  const run = spawnSync(process.execPath, [bundle], { env, encoding: 'utf8', input: '' });
  test.match(run, { status: 0, signal: null, stdout: '', stderr: '' });
});

await t.test('survives input that is not a message', async (test) => {
  const folders = makeFolders(test);
  const bundle = await bundlePlugin(folders.base);
  const env = { NEXUS_WORKSPACE: folders.workspace };
  const run = spawnSync(process.execPath, [bundle], {
    env,
    encoding: 'utf8',
    input: 'nonsense\n{"jsonrpc":1}\n[]\n',
  });
  test.equal(run.status, 0);
});

await t.test('is an Agent Plugins 1.0 package', (test) => {
  const root = fileURLToPath(new URL('../../../plugins/filesystem/', import.meta.url));
  const read = (name: string): unknown => JSON.parse(readFileSync(join(root, name), 'utf8'));
  // agent-plugins.org, specification 1.0.0, 5.2 and 7.2.1: both objects are closed.
  const text = z.string();
  const manifest = z.strictObject({
    $schema: z.literal('https://agent-plugins.org/schemas/1.0.0/plugin.schema.json'),
    name: z.literal('filesystem'),
    version: text,
    description: text,
    license: text,
    keywords: z.array(text),
    extensions: z.record(text, z.record(text, z.unknown())),
  });
  const stdio = z.strictObject({
    type: z.literal('stdio'),
    command: z.literal('node'),
    args: z.array(text).length(1),
    cwd: text.regex(/^(?:\.\/|\$\{PLUGIN_ROOT\}(?:\/|$)|\$\{PLUGIN_DATA\}(?:\/|$))/),
  });
  const servers = z.strictObject({
    $schema: z.literal('https://agent-plugins.org/schemas/1.0.0/mcp.schema.json'),
    mcpServers: z.strictObject({ filesystem: stdio }),
  });
  test.ok(manifest.parse(read('plugin.json')));
  const [entry] = servers.parse(read('mcp.json')).mcpServers.filesystem.args;
  test.ok(existsSync((entry ?? '').replace('${PLUGIN_ROOT}', root)), 'its entry is there');
  test.end();
});
