import {
  appendFileSync,
  chmodSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { replaceFile } from '../../../plugins/filesystem/src/atomic-file.ts';
import { Workspace } from '../../../plugins/filesystem/src/workspace.ts';
import { makeFolders } from './harness.ts';

const { workspace: path, outside } = makeFolders(t);
const workspace = new Workspace(path);
t.teardown(() => workspace[Symbol.dispose]());
const at = (name: string): string => join(path, name);
const NEW = Buffer.from('new');

await t.test('a change by somebody else between reading and writing is not lost', async (test) => {
  const changes: Record<string, () => void> = {
    append: () => appendFileSync(at('file'), '+'),
    'same size': () => writeFileSync(at('file'), 'OLD'),
    mode: () => chmodSync(at('file'), 0o600),
  };
  for (const [name, change] of Object.entries(changes)) {
    writeFileSync(at('file'), 'old');
    chmodSync(at('file'), 0o644);
    using place = workspace.locate('file', { followLast: true });
    change();
    const seen = readFileSync(at('file'), 'utf8');
    await test.rejects(replaceFile(place, NEW, 'unchanged'), { code: 'CHANGED_MEANWHILE' }, name);
    test.equal(readFileSync(at('file'), 'utf8'), seen);
  }
  using place = workspace.locate('file', { followLast: true });
  await replaceFile(place, NEW, 'unchanged');
  test.equal(readFileSync(at('file'), 'utf8'), 'new');
  test.same(readdirSync(path), ['file'], 'no temporary file stays');
});

await t.test(
  'a name that becomes a link to the outside meanwhile is replaced, not followed',
  async (test) => {
    writeFileSync(join(outside, 'secret'), 'outside');
    using place = workspace.locate('fresh', { followLast: true });
    symlinkSync(join(outside, 'secret'), at('fresh'));
    await replaceFile(place, NEW, 'anything');
    test.equal(readFileSync(join(outside, 'secret'), 'utf8'), 'outside');
    test.ok(statSync(at('fresh')).isFile());
    using second = workspace.locate('second', { followLast: true });
    symlinkSync(join(outside, 'made'), at('second'));
    await test.rejects(replaceFile(second, NEW, 'new'), { code: 'EEXIST' });
    test.same(readdirSync(outside), ['secret']);
  },
);

await t.test('a new file gets the usual mode', async (test) => {
  using place = workspace.locate('usual', { followLast: true });
  await replaceFile(place, NEW, 'new');
  test.equal(statSync(at('usual')).mode & 0o777, 0o666 & ~process.umask());
});
