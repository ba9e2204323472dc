import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { mcpJsonId } from '../../../runtime/contract/plugin-package.ts';
import { benchOf, writePackage } from '../../fixtures/prepare-bench.ts';

await t.test('any change of the code changes the hash, the place does not', async (t) => {
  const { process, write } = benchOf(t);
  const files = {
    'plugins/demo/s.js': '1',
    'plugins/demo/lib/a.js': 'a',
    'plugins/demo/node_modules/x/i.js': 'x',
  };
  const server = { type: 'stdio', command: 'node', args: ['s.js'] };
  writePackage(write, { main: server });
  for (const [file, text] of Object.entries(files)) write(file, text);
  const hash = async (plugin = 'demo'): Promise<string> =>
    (await process({ source: { plugin } })).artifactHash;
  const first = await hash();
  t.equal(await hash(), first, 'the same');
  for (const [file, text] of Object.entries(files)) {
    if (file.includes('node_modules')) continue;
    write(file, `${text} `);
    t.not(await hash(), first, file);
    write(file, text);
    t.equal(await hash(), first, `${file} as before`);
  }
  write('plugins/demo/extra.js', '');
  t.not(await hash(), first, 'a new file');
  write('plugins/demo/mcp.json', {
    $schema: mcpJsonId,
    mcpServers: { main: { ...server, args: ['s.js', 'x'] } },
  });
  t.not(await hash(), first, 'another argument');

  const copy = benchOf(t);
  writePackage(copy.write, { main: server });
  for (const [file, text] of Object.entries(files)) copy.write(file, text);
  t.equal((await copy.process({ source: { plugin: 'demo' } })).artifactHash, first, 'a copy elsewhere');
});

await t.test('installed modules count by the record of what is installed', async (t) => {
  const { process, write } = benchOf(t);
  writePackage(write, { main: { type: 'stdio', command: 'node', args: ['s.js'] } });
  write('plugins/demo/node_modules/.package-lock.json', '{"x":"1.0.0"}');
  const hash = async (): Promise<string> => (await process({ source: { plugin: 'demo' } })).artifactHash;
  const first = await hash();
  write('plugins/demo/node_modules/.package-lock.json', '{"x":"1.0.1"}');
  t.not(await hash(), first);
});

await t.test('a large file counts by its content, not by its times', async (t) => {
  const { process, write, dir } = benchOf(t);
  writePackage(write, { main: { type: 'stdio', command: 'node', args: ['s.js'] } });
  const large = 'x'.repeat(3 * 1_048_576);
  const hash = async (): Promise<string> => (await process({ source: { plugin: 'demo' } })).artifactHash;
  write('plugins/demo/s.js', '');
  write('plugins/demo/data.bin', large);
  const first = await hash();
  utimesSync(join(dir, 'plugins/demo/data.bin'), 1, 1);
  t.equal(await hash(), first, 'touched');
  write('plugins/demo/data.bin', `${large.slice(1)}y`);
  t.not(await hash(), first, 'as long, and another one');
  write('plugins/demo/data.bin', large);
  t.equal(await hash(), first, 'as before');
});
