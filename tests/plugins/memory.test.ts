import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import { manifestSchema } from '../../runtime/contract/manifest.ts';
import { apiOf } from '../fixtures/kernel-api.ts';
import { createKernelHome, startKernel } from '../fixtures/kernel-process.ts';

t.setTimeout(600_000);

const root = join(import.meta.dirname, '../..');
const written: unknown = JSON.parse(readFileSync(join(root, 'manifests/memory.json'), 'utf8'));
const manifest = { ...manifestSchema.parse(written), source: { plugin: join(root, 'plugins/memory') } };

const home = await createKernelHome({ memory: manifest });
t.teardown(() => home[Symbol.asyncDispose]());
const kernel = await startKernel(home);
t.teardown(() => kernel.stop());
const { send } = apiOf(kernel);
const file = (name: string): string => join(home.workspace, name);
const answerSchema = z.object({ result: z.record(z.string(), z.unknown()) });

async function call(tool: string, args: Record<string, unknown>): Promise<Record<string, unknown>> {
  const { status, body } = await send('POST', '/api/call', { tool: `memory.${tool}`, arguments: args });
  if (status !== 200) throw new Error(JSON.stringify(body));
  return answerSchema.parse(body).result;
}

await t.test('what is noted is a line of a file, once, and comes up again', async (t) => {
  t.match(await call('remember', { text: 'The boat is\nblue' }), {
    structuredContent: { file: 'MEMORY.md', added: true },
  });
  t.match(await call('remember', { text: 'The boat is blue' }), { structuredContent: { added: false } });
  t.match(readFileSync(file('MEMORY.md'), 'utf8'), /^- \d{4}-\d{2}-\d{2}: The boat is blue\n$/);
  await call('remember', { text: 'Is called Ada', about: 'person' });
  t.match(readFileSync(file('USER.md'), 'utf8'), /Is called Ada/);
  await call('journal', { text: 'Painted the boat', day: '2026-01-31' });
  t.equal(readFileSync(file('memories/2026-01-31.md'), 'utf8'), '- Painted the boat\n');
  t.match(await call('recall', { query: 'boat' }), {
    structuredContent: { notes: [{ file: 'MEMORY.md' }, { file: 'memories/2026-01-31.md' }] },
  });
});

await t.test('what is forgotten is kept aside', async (t) => {
  writeFileSync(file('MEMORY.md'), '- one thing\n- another thing\n- the last');
  t.match(await call('forget', { text: 'thing' }), { isError: true, content: [{ text: /2 notes hold/ }] });
  await call('forget', { text: 'another' });
  t.equal(readFileSync(file('MEMORY.md'), 'utf8'), '- one thing\n- the last');
  t.match(readFileSync(file('memories/forgotten.md'), 'utf8'), /another thing \(from MEMORY\.md\)/);
  await call('remember', { text: 'more' });
  t.match(readFileSync(file('MEMORY.md'), 'utf8'), /- the last\n- .*more\n$/);
});

await t.test('it reaches its notes and no other file', async (t) => {
  writeFileSync(file('secret.txt'), 'boat secret');
  t.match(await call('journal', { text: 'x', day: '../../x' }).catch(String), /ARGUMENTS_INVALID/);
  const found = await call('recall', { query: 'secret' });
  t.match(found, { structuredContent: { notes: [] } });
  t.notOk(existsSync(file('x.md')));
});

await t.test('a note that leads to another file is neither read nor written', async (t) => {
  writeFileSync(file('secret.txt'), 'boat secret');
  symlinkSync(file('secret.txt'), file('memories/2026-02-01.md'));
  symlinkSync(join(home.data, 'token'), file('memories/2026-02-02.md'));
  for (const day of ['2026-02-01', '2026-02-02']) {
    const answer = JSON.stringify(await call('journal', { text: 'written', day }).catch(String));
    t.match(answer, /"isError":true|PLUGIN|RUN_/, answer);
  }
  const found = JSON.stringify(await call('recall', { query: 'secret' }).catch(String));
  t.notMatch(found, 'boat secret');
  t.equal(readFileSync(file('secret.txt'), 'utf8'), 'boat secret');
  t.notMatch(readFileSync(join(home.data, 'token'), 'utf8'), 'written');
  rmSync(file('memories/2026-02-01.md'));
  t.match(await call('journal', { text: 'written', day: '2026-02-01' }), {
    structuredContent: { added: true },
  });
});
