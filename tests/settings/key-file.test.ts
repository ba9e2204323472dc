import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readOrCreateKey } from '../../runtime/settings/key-file.ts';

await t.test('32 random bytes in a file of mode 0600, the same ones ever after', (t) => {
  const dir = t.testdir({});
  const key = readOrCreateKey(join(dir, 'token'));
  t.match(key, /^[A-Za-z0-9_-]{43}$/);
  t.equal(Buffer.from(key, 'base64url').length, 32);
  t.equal(readOrCreateKey(join(dir, 'token')), key);
  t.not(readOrCreateKey(join(dir, 'other')), key);
  t.equal(statSync(join(dir, 'token')).mode & 0o777, 0o600);
  t.equal(readFileSync(join(dir, 'token'), 'utf8'), `${key}\n`);
  t.end();
});

await t.test('a key an administrator wrote is taken, with the white space an editor leaves', (t) => {
  const dir = t.testdir({ token: '  chosen-by-hand-0123456789abcdef0123456789\r\n\n' });
  t.equal(readOrCreateKey(join(dir, 'token')), 'chosen-by-hand-0123456789abcdef0123456789');
  t.end();
});

await t.test('a folder that is missing or a file that cannot be read is an error, no new key', (t) => {
  const dir = t.testdir({ folder: {} });
  t.throws(() => readOrCreateKey(join(dir, 'nowhere', 'token')), { code: 'ENOENT' });
  t.throws(() => readOrCreateKey(join(dir, 'folder')), { code: 'EISDIR' });
  t.end();
});

await t.test('a file that a crash left empty is made anew', (t) => {
  const dir = t.testdir({ token: '', blank: '\n' });
  for (const name of ['token', 'blank']) {
    const key = readOrCreateKey(join(dir, name));
    t.match(key, /^[A-Za-z0-9_-]{43}$/);
    t.equal(readOrCreateKey(join(dir, name)), key);
  }
  t.end();
});

await t.test('a key that others could read is closed to them', (t) => {
  const dir = t.testdir({});
  writeFileSync(join(dir, 'token'), 'x'.repeat(43), { mode: 0o644 });
  readOrCreateKey(join(dir, 'token'));
  t.equal(statSync(join(dir, 'token')).mode & 0o777, 0o600);
  t.end();
});
