import { mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { type DatabaseOptions, openDatabase } from '../../runtime/store/database.ts';
import { openRaw } from '../fixtures/store-stage.ts';

const NOW = Date.parse('2026-11-21T07:48:30.123Z');

function optionsOf(test: Test): DatabaseOptions {
  const dir = test.testdir({});
  return {
    file: join(dir, 'test.db'),
    migrations: [
      { version: 1, name: 'notes', sql: 'CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT) STRICT;' },
    ],
    backupDir: join(dir, 'backups'),
    clock: { now: () => NOW },
    synchronous: 'NORMAL',
  };
}

/** A database with 500 notes on some 60 pages, closed. */
function makeDatabase(options: DatabaseOptions): void {
  const { db } = openDatabase(options);
  const insert = db.prepare('INSERT INTO notes (text) VALUES (?)');
  for (let count = 0; count < 500; count += 1) insert.run(`note ${count} ${'x'.repeat(400)}`);
  db.close();
}

await t.test('settings in force', (test) => {
  const { db } = openDatabase({ ...optionsOf(test), synchronous: 'FULL' });
  test.teardown(() => db.close());
  const pragma = (name: string): unknown => db.pragma(name, { simple: true });
  test.equal(pragma('journal_mode'), 'wal');
  test.equal(pragma('synchronous'), 2);
  test.equal(pragma('foreign_keys'), 1);
  test.equal(pragma('recursive_triggers'), 1);
  test.equal(pragma('trusted_schema'), 0);
  test.equal(pragma('busy_timeout'), 1_000);
  test.end();
});

await t.test('only the owner may read the files, also when they existed with wider modes', (test) => {
  const options = optionsOf(test);
  writeFileSync(options.file, '', { mode: 0o644 });
  const { db } = openDatabase(options);
  test.teardown(() => db.close());
  db.exec(`INSERT INTO notes (text) VALUES ('a')`);
  for (const suffix of ['', '-wal', '-shm'])
    test.equal(statSync(options.file + suffix).mode & 0o777, 0o600, suffix);
  test.end();
});

const DAMAGES: Readonly<Record<string, (file: string) => void>> = {
  'a text file': (file) => writeFileSync(file, 'Dear diary,\n'.repeat(1_000)),
  'a lost header': (file) => overwrite(file, 0, 100),
  'a lost schema page': (file) => overwrite(file, 100, 3_900),
  'lost pages in the middle': (file) => overwrite(file, 40_960, 8_192),
  'a lost end': (file) => truncateSync(file, 40_960),
};

for (const [name, damage] of Object.entries(DAMAGES)) {
  await t.test(`${name}: set aside whole, reported, replaced`, (test) => {
    const options = optionsOf(test);
    makeDatabase(options);
    damage(options.file);
    const bytes = readFileSync(options.file);

    const opened = openDatabase(options);
    test.teardown(() => opened.db.close());
    const aside = `${options.file}.damaged-2026-11-21T07-48-30.123Z`;
    test.match(opened.damage, { code: 'STORE_CORRUPT', data: { file: options.file } });
    test.ok(opened.damage?.message.includes(`It was kept as ${aside}`), opened.damage?.message ?? '');
    test.ok(readFileSync(aside).equals(bytes), 'nothing is lost');
    test.equal(statSync(aside).mode & 0o077, 0);
    test.equal(opened.db.prepare('SELECT count(*) FROM notes').pluck().get(), 0);

    opened.db.close();
    const again = openDatabase(options);
    test.equal(again.damage, null);
    again.db.close();
    test.end();
  });
}

await t.test('a damaged database keeps its write-ahead log', (test) => {
  const source = optionsOf(test);
  const { db } = openDatabase(source);
  test.teardown(() => db.close());
  db.prepare('INSERT INTO notes (text) VALUES (?)').run('only in the log');
  const log = readFileSync(`${source.file}-wal`);
  const copy = join(dirname(source.file), 'copy.db');
  makeDatabase({ ...source, file: copy });
  overwrite(copy, 0, 40_960);
  // The log holds no first page, so it cannot heal the lost one.
  log.fill(0, 32);
  writeFileSync(`${copy}-wal`, log);

  const opened = openDatabase({ ...source, file: copy });
  test.teardown(() => opened.db.close());
  test.ok(opened.damage);
  test.ok(readFileSync(`${copy}.damaged-2026-11-21T07-48-30.123Z-wal`).equals(log));
  test.end();
});

await t.test('a log left by a kill is merged, not lost', (test) => {
  const source = optionsOf(test);
  const { db } = openDatabase(source);
  test.teardown(() => db.close());
  db.prepare('INSERT INTO notes (text) VALUES (?)').run('only in the log');
  const copy = join(dirname(source.file), 'copy.db');
  for (const suffix of ['', '-wal']) writeFileSync(copy + suffix, readFileSync(source.file + suffix));

  const opened = openDatabase({ ...source, file: copy });
  test.teardown(() => opened.db.close());
  test.equal(opened.damage, null);
  test.same(opened.db.prepare('SELECT text FROM notes').pluck().all(), ['only in the log']);
  test.end();
});

await t.test(
  'a file that is no file, and one that another program keeps locked, stay where they are',
  (test) => {
    const options = optionsOf(test);
    const folder = { ...options, file: join(dirname(options.file), 'folder') };
    mkdirSync(folder.file);
    test.throws(() => openDatabase(folder), { code: 'STORE_REFUSED', data: { file: folder.file } });
    test.ok(statSync(folder.file).isDirectory());

    const other = openRaw(test, options.file);
    other.pragma('locking_mode = EXCLUSIVE');
    other.exec('BEGIN EXCLUSIVE; CREATE TABLE busy (a)');
    test.throws(() => openDatabase(options), { code: 'STORE_REFUSED', message: /locked.*what else uses it/ });
    test.same(
      readdirSync(dirname(options.file)).filter((name) => name.includes('damaged')),
      [],
    );
    test.end();
  },
);

function overwrite(file: string, from: number, bytes: number): void {
  const content = readFileSync(file);
  content.fill(0xa5, from, from + bytes);
  writeFileSync(file, content);
}
