import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import { systemClock } from '../../runtime/base/clock.ts';
import { type DatabaseOptions, openDatabase } from '../../runtime/store/database.ts';
import type { Migration } from '../../runtime/store/migrations/migration.ts';
import { openRaw } from '../fixtures/store-stage.ts';

const first: Migration = { version: 1, name: 'people', sql: 'CREATE TABLE people (name TEXT) STRICT;' };
const second: Migration = { version: 2, name: 'ages', sql: 'ALTER TABLE people ADD COLUMN age INTEGER;' };
const third: Migration = {
  version: 3,
  name: 'broken',
  sql: `INSERT INTO people VALUES ('half', 1); CREATE TABLE people (again TEXT);`,
};

function optionsOf(test: Test): DatabaseOptions {
  const dir = test.testdir({});
  return {
    file: join(dir, 'sub', 'test.db'),
    migrations: [first],
    backupDir: join(dir, 'backups'),
    clock: systemClock,
    synchronous: 'NORMAL',
  };
}

function openOnce(options: DatabaseOptions): void {
  openDatabase(options).db.close();
}

await t.test('a new database gets every migration and no backup; the next open does nothing', (test) => {
  const options = { ...optionsOf(test), migrations: [first, second] };
  openOnce(options);
  openOnce(options);
  const raw = openRaw(test, options.file);
  test.match(raw.prepare('SELECT version, name, length(checksum) AS bytes FROM schema_migrations').all(), [
    { version: 1, name: 'people', bytes: 64 },
    { version: 2, name: 'ages', bytes: 64 },
  ]);
  test.throws(() => statSync(options.backupDir), { code: 'ENOENT' });
  test.end();
});

await t.test('a database with content is backed up before it is changed', (test) => {
  const options = optionsOf(test);
  openOnce(options);
  const raw = openRaw(test, options.file);
  raw.exec(`INSERT INTO people VALUES ('Ada')`);
  openOnce({ ...options, migrations: [first, second] });
  test.same(raw.prepare('SELECT * FROM people').all(), [{ name: 'Ada', age: null }]);

  const [copy, ...more] = readdirSync(options.backupDir);
  test.same(more, []);
  const backup = join(options.backupDir, copy ?? '');
  test.equal(statSync(backup).mode & 0o777, 0o600);
  test.same(openRaw(test, backup).prepare('SELECT * FROM people').all(), [{ name: 'Ada' }]);
  test.end();
});

await t.test('the newest five backups of a database stay', (test) => {
  let nowMs = Date.parse('2026-01-01T00:00:00Z');
  const options = { ...optionsOf(test), clock: { now: () => nowMs } };
  const migrations: Migration[] = [first];
  for (let version = 2; version <= 9; version += 1) {
    openOnce({ ...options, migrations });
    migrations.push({ version, name: `n${version}`, sql: `CREATE TABLE t${version} (a TEXT) STRICT;` });
    nowMs += 86_400_000;
  }
  test.same(
    readdirSync(options.backupDir).map((name) => name.slice(0, 15)),
    ['04', '05', '06', '07', '08'].map((day) => `test-2026-01-${day}`),
  );
  test.end();
});

await t.test('a migration that fails changes nothing', (test) => {
  const options = optionsOf(test);
  openOnce(options);
  test.throws(() => openDatabase({ ...options, migrations: [first, second, third] }), {
    code: 'STORE_REFUSED',
    message: /table people already exists/,
  });
  const raw = openRaw(test, options.file);
  test.same(raw.prepare('SELECT version FROM schema_migrations').pluck().all(), [1]);
  test.same(raw.prepare('SELECT * FROM people').all(), []);
  test.same(raw.pragma('table_info(people)', { simple: false }), [
    { cid: 0, name: 'name', type: 'TEXT', notnull: 0, dflt_value: null, pk: 0 },
  ]);
  openOnce(options);
  test.end();
});

await t.test(
  'a newer database, a changed migration and a foreign database are refused and left alone',
  (test) => {
    const options = { ...optionsOf(test), migrations: [first, second] };
    openOnce(options);
    test.throws(() => openDatabase({ ...options, migrations: [first] }), {
      code: 'STORE_REFUSED',
      message: /written by a newer Nexus \(version 2 "ages", this one knows 1\).*Start the newer Nexus/,
    });
    const changed = { ...first, sql: `${first.sql} -- changed` };
    test.throws(() => openDatabase({ ...options, migrations: [changed, second] }), {
      code: 'STORE_REFUSED',
      message: /migration 1 "people" is not the one this Nexus knows/,
    });
    openOnce(options);

    const foreign = `${options.file}-foreign`;
    const made = new Database(foreign);
    made.exec('CREATE TABLE bookmarks (url TEXT)');
    made.close();
    test.throws(() => openDatabase({ ...options, file: foreign }), {
      code: 'STORE_REFUSED',
      message: /not made by Nexus/,
    });
    test.same(openRaw(test, foreign).prepare('SELECT name FROM sqlite_schema').pluck().all(), ['bookmarks']);
    test.end();
  },
);
