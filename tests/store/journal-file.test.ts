import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { JournalFile } from '../../runtime/store/journal-file.ts';

await t.test('lines are there when they were appended, and gone when it was emptied', (test) => {
  const file = join(test.testdir({}), 'test.journal');
  writeFileSync(file, 'één\n', { mode: 0o644 });
  const journal = new JournalFile(file, false);
  test.equal(statSync(file).mode & 0o777, 0o600);
  journal.append('twee\n');
  test.equal(readFileSync(file, 'utf8'), 'één\ntwee\n');
  test.equal(journal.bytes, 11);
  journal.empty();
  test.equal(journal.bytes, 0);
  journal.append('drie\n');
  test.equal(readFileSync(file, 'utf8'), 'drie\n');
  journal.close();
  test.ok(existsSync(file), 'what nobody took stays');

  const again = new JournalFile(file, false);
  again.empty();
  again.close();
  test.notOk(existsSync(file));
  test.end();
});

await t.test('after a sync that failed nothing is appended any more', (test) => {
  const file = join(test.testdir({}), 'test.journal');
  execFileSync('mkfifo', ['-m', '600', file]);
  // A pipe takes lines as long as somebody could read them, but it cannot be synced.
  const reader = openSync(file, 'r+');
  const journal = new JournalFile(file, true);
  test.teardown(() => {
    journal.close();
    closeSync(reader);
  });
  const failure = { code: 'STORE_WRITE_FAILED', data: { file } };
  test.throws(() => journal.append('a\n'), failure);
  test.equal(journal.bytes, 0);
  test.throws(() => journal.append('b\n'), failure);
  test.end();
});
