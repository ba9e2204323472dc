import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { createKernelHome, startKernel } from '../fixtures/kernel-process.ts';

/** A server that answers a call with JSON nested so deep that walking it exhausts a stack; `depth` comes from the caller. */
const server = `
import { createInterface } from 'node:readline';
const say = (text) => process.stdout.write(text + '\\n');
const deep = (depth) => '['.repeat(depth) + ']'.repeat(depth);
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const answer = (result) => say(JSON.stringify({ jsonrpc: '2.0', id, result }));
  if (method === 'initialize') {
    answer({ protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'd', version: '1' } });
  } else if (method === 'tools/list') {
    answer({ tools: [{ name: 'deep', inputSchema: { type: 'object' } }] });
  } else if (method === 'tools/call') {
    const { depth, how } = params.arguments;
    if (how === 'log') say('{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":' + deep(depth) + '}}');
    if (how === 'progress') say('{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":' + id + ',"progress":1,"data":' + deep(depth) + '}}');
    say('{"jsonrpc":"2.0","id":' + id + ',"result":{"content":[],"structuredContent":{"deep":' + (how === 'result' ? deep(depth) : '1') + '}}}');
  } else say(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32601, message: 'no' } }));
});
`;

await t.test('a message nested without end ends its plugin, never the kernel', async (t) => {
  await using home = await createKernelHome();
  const dir = join(home.root, 'deep');
  await mkdir(dir);
  await writeFile(join(dir, 'package.json'), '{"type":"module"}');
  await writeFile(join(dir, 'server.mjs'), server);
  await home.writeManifest('deep', { source: { command: 'node', args: [join(dir, 'server.mjs')] } });
  await using kernel = await startKernel(home);
  const call = async (how: string, depth: number): Promise<string> => {
    const response = await fetch(`${kernel.url}/api/call`, {
      method: 'POST',
      headers: { authorization: `Bearer ${kernel.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ tool: 'deep.deep', arguments: { how, depth } }),
    });
    return await response.text();
  };
  t.notMatch(await call('result', 100), /TOO_DEEP/, 'what honest servers send passes');
  for (const how of ['log', 'progress', 'result']) {
    t.match(await call(how, 200_000), /OUTPUT_TOO_DEEP/, how);
    const health = await fetch(`${kernel.url}/healthz`);
    t.equal(health.status, 200, 'the kernel lives');
  }
});
