import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import { checkDatabase } from '../../runtime/store/check-database.ts';

await t.test('a thread reads every page of a database', async (test) => {
  const file = join(test.testdir({}), 'test.db');
  const db = new Database(file);
  db.exec('CREATE TABLE notes (text TEXT) STRICT');
  const insert = db.prepare('INSERT INTO notes VALUES (?)');
  for (let count = 0; count < 500; count += 1) insert.run('x'.repeat(400));
  db.close();
  test.equal(await checkDatabase(file), null);

  const content = readFileSync(file);
  content.fill(0xa5, 40_960, 49_152);
  writeFileSync(file, content);
  test.match(await checkDatabase(file), {
    code: 'STORE_CORRUPT',
    data: { file },
    message: /restore a backup/,
  });

  writeFileSync(file, 'no database '.repeat(100));
  test.match(await checkDatabase(file), { code: 'STORE_CORRUPT', message: /not a database/ });
  await test.rejects(checkDatabase(join(test.testdirName, 'absent.db')), /unable to open/);
  await test.rejects(checkDatabase(file, AbortSignal.abort(new Error('enough'))), { message: 'enough' });
});
