import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { encodeLine, readJournal, type JournalEntry } from '../../runtime/store/journal-lines.ts';

const begun: JournalEntry = {
  seq: 1,
  id: 'a',
  state: 'RUNNING',
  effect: 'read',
  plugin: 'p',
  tool: 't',
  group: null,
  user: 'u',
  actor: 'a',
  source: 'http',
  client: 'line\nend \u2028 \ud800 é "quoted"',
  queuedAt: 1,
  startedAt: 1,
  endedAt: null,
  error: null,
  args: '{"a":1}',
  result: null,
};
const ended: JournalEntry = {
  seq: 1,
  id: 'a',
  state: 'FAILED',
  startedAt: 1,
  endedAt: 2,
  error: 'why',
  result: null,
};
const whole = encodeLine(begun) + encodeLine(ended);

await t.test('what was written is read', (test) => {
  const file = join(test.testdir({}), 'test.journal');
  test.same(readJournal(file), { entries: [], problem: null }, 'not there');
  writeFileSync(file, whole);
  test.same(readJournal(file), { entries: [begun, ended], problem: null });
  test.end();
});

await t.test('a last line that was cut off was never there', (test) => {
  const file = join(test.testdir({}), 'test.journal');
  const first = Buffer.byteLength(encodeLine(begun));
  for (let bytes = Buffer.byteLength(whole) - 1; bytes >= 0; bytes -= 1) {
    writeFileSync(file, Buffer.from(whole).subarray(0, bytes));
    const { entries, problem } = readJournal(file);
    if (problem !== null || entries.length !== (bytes >= first ? 1 : 0)) test.fail(`at byte ${bytes}`);
  }
  test.end();
});

await t.test('a byte that changed costs its line and is told', (test) => {
  const file = join(test.testdir({}), 'test.journal');
  const [first] = whole.split('\n', 1);
  const bytes = Buffer.byteLength(`${first}\n`);
  for (let at = 0; at < bytes; at += 1) {
    const content = Buffer.from(whole);
    content[at] = (content[at] ?? 0) ^ 1;
    writeFileSync(file, content);
    const { entries, problem } = readJournal(file);
    const isTold = /^1 of \d lines|^2 of 3 lines/.test(problem ?? '');
    // Without its end the first line spoils the second.
    if (!isTold || entries.length > 1 || (entries.length === 0 && at !== bytes - 1))
      test.fail(`at byte ${at}`);
  }
  test.end();
});

await t.test('what is no journal is not read, what cannot be read is refused', (test) => {
  const dir = test.testdir({});
  const huge = join(dir, 'huge.journal');
  writeFileSync(huge, '');
  truncateSync(huge, 600 * 1_048_576);
  test.same(readJournal(huge), { entries: [], problem: 'it is too large to be one' });
  const folder = join(dir, 'folder.journal');
  mkdirSync(folder);
  test.throws(() => readJournal(folder), { code: 'STORE_REFUSED', data: { file: folder } });
  test.end();
});
