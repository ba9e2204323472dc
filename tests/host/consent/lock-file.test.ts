import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { manifestSchema } from '../../../runtime/contract/manifest.ts';
import type { LockEntry } from '../../../runtime/host/consent/lock-entry.ts';
import { LockFile, lockFileName, lockText } from '../../../runtime/host/consent/lock-file.ts';

const { permissions, limits } = manifestSchema.parse({ source: { command: 'x' } });
const entry: LockEntry = {
  state: 'approved',
  changes: 'ask',
  approvedAt: '2026-11-20T10:00:00.000Z',
  approvedBy: 'operator',
  source: { command: 'x' },
  isolation: 'sandbox',
  permissions,
  limits,
  defaults: {},
  policies: {},
  artifact: 'a'.repeat(64),
  tools: { zeta: 'b'.repeat(64), alpha: 'c'.repeat(64) },
};

function open(dir: string, mustExist = false) {
  const lock = new LockFile(dir, () => mustExist);
  return { lock, file: join(dir, lockFileName), read: () => readFileSync(join(dir, lockFileName), 'utf8') };
}

await t.test('written whole, keys in order, nothing left beside it', async (t) => {
  const dir = t.testdir({});
  const { lock, file, read } = open(dir);
  t.equal(lock.entries().size, 0, 'no file yet');
  lock.put('zeta', entry, true);
  lock.put('alpha', { state: 'waiting' }, false);
  t.same([...lock.entries().keys()].sort(), ['alpha', 'zeta']);
  t.same(readdirSync(dir), [lockFileName]);
  t.equal(
    read(),
    lockText(
      new Map<string, LockEntry>([
        ['alpha', { state: 'waiting' }],
        ['zeta', entry],
      ]),
    ),
  );
  t.ok(read().indexOf('"alpha"') < read().indexOf('"zeta"'));
  t.equal(statSync(file).mode & 0o777, 0o644 & ~process.umask());
  t.same(open(dir).lock.entries().get('zeta'), entry, 'and read back');
  lock.put('alpha', null, false);
  t.same([...open(dir).lock.entries().keys()], ['zeta']);
});

await t.test('one change is few lines of difference', async (t) => {
  const before = lockText(
    new Map<string, LockEntry>([
      ['a', entry],
      ['b', entry],
    ]),
  ).split('\n');
  const after = lockText(
    new Map<string, LockEntry>([
      ['a', entry],
      ['b', { ...entry, artifact: 'd'.repeat(64) }],
    ]),
  ).split('\n');
  t.equal(before.length, after.length);
  t.equal(before.filter((line, at) => line !== after[at]).length, 1);
});

await t.test('edits by hand count at the next look, also those beside a write', async (t) => {
  const dir = t.testdir({});
  const { lock, file, read } = open(dir);
  lock.put('a', entry, false);
  writeFileSync(file, read().replace('"ask"', '"follow"'));
  t.match(lock.entries().get('a'), { changes: 'follow' });
  lock.put('b', { state: 'waiting' }, false);
  t.match(open(dir).lock.entries().get('a'), { changes: 'follow' }, 'not written over');
});

await t.test('what is no lock is an error that says where, and is never written over', async (t) => {
  const dir = t.testdir({});
  const { lock, file, read } = open(dir);
  lock.put('a', entry, false);
  const good = read();
  const broken = {
    '': /is not JSON/,
    '{"version":1,"plugins"': /is not JSON/,
    '{"version":2,"plugins":{}}': /version: must be 1; a newer Nexus/,
    '[]': /expected object/,
    [good.replace('"ask"', '"never"')]: /plugins\.a\.changes/,
    [good.replace('"approved"', '"aproved"')]: /plugins\.a\.state/,
    [good.replace('"isolation"', '"isolatoin"')]: /plugins\.a/,
    [good.replace('"version": 1', '"version": 1, "more": 1')]: /more/,
    [good.replace('"a": {', '"../a": {')]: /plugins/,
  };
  for (const [text, says] of Object.entries(broken)) {
    writeFileSync(file, text);
    t.throws(() => lock.entries(), { code: 'LOCK_INVALID', message: says }, text.slice(0, 40));
    t.throws(() => lock.put('b', entry, false), { code: 'LOCK_INVALID' });
    t.equal(read(), text);
  }
  writeFileSync(file, good);
  t.same(lock.entries().get('a'), entry, 'corrected is good again');
});

await t.test('a file that was there and is gone is no fresh start', async (t) => {
  const dir = t.testdir({});
  const { lock, file } = open(dir, true);
  t.throws(() => lock.entries(), { code: 'LOCK_INVALID', message: /is gone/ });
  writeFileSync(file, '{"version": 1, "plugins": {}}');
  t.equal(lock.entries().size, 0, 'a person may say so');
  rmSync(file);
  t.throws(() => lock.entries(), { code: 'LOCK_INVALID' });
});

await t.test('what cannot be read or written', async (t) => {
  const dir = t.testdir({});
  const { lock, file } = open(dir);
  mkdirSync(file);
  t.throws(() => lock.entries(), { code: 'LOCK_INVALID', message: /EISDIR/ });
  const gone = open(join(dir, 'no-such-folder'));
  t.throws(() => gone.lock.put('a', entry, false), { code: 'LOCK_UNWRITABLE', message: /manifests folder/ });
});

await t.test('a linked file stays a link', async (t) => {
  const dir = t.testdir({ real: {}, manifests: {} });
  const real = join(dir, 'real', 'lock.json');
  writeFileSync(real, '{"version": 1, "plugins": {}}');
  const { lock, file } = open(join(dir, 'manifests'));
  symlinkSync(real, file);
  lock.put('a', entry, false);
  t.match(readFileSync(real, 'utf8'), '"approved"');
  t.same(readdirSync(join(dir, 'real')), ['lock.json']);
});
