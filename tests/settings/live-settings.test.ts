import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { alice, bob, define, openTestSettings } from '../fixtures/settings-stage.ts';
import { dataDirOf, openRaw } from '../fixtures/store-stage.ts';

const secret = 'marked-secret-4711-abcdef';
const token = define('plugin.x.TOKEN', { sensitive: true });
const port = define('server.port', { type: 'number', format: 'port', default: 4700 });

await t.test('a value is in force at once and after a restart; cleared, the default is', async (t) => {
  const dataDir = dataDirOf(t);
  {
    await using stage = await openTestSettings(t, dataDir);
    stage.settings.define('kernel', [port]);
    t.equal(stage.settings.value('server.port'), 4700);
    t.match(stage.settings.view('server.port'), { isSet: false, version: 0, updatedAt: null, value: 4700 });
    const [view] = await stage.settings.change(alice, [{ key: 'server.port', value: 8080 }]);
    t.match(view, { isSet: true, value: 8080, version: 1, updatedBy: 'alice', masked: null, problem: null });
    t.equal(stage.settings.value('server.port'), 8080);
  }
  await using again = await openTestSettings(t, dataDir);
  again.settings.define('kernel', [port]);
  t.equal(again.settings.value('server.port'), 8080);
  await again.settings.change(alice, [{ key: 'server.port', value: null }]);
  t.match(again.settings.view('server.port'), { isSet: false, value: 4700, version: 2 });
});

await t.test('a change upon another version is refused with who made the newer one, and when', async (t) => {
  const { settings } = await openTestSettings(t);
  settings.define('kernel', [port]);
  await t.rejects(settings.change(bob, [{ key: 'server.port', value: 1, expectedVersion: 3 }]), {
    message: /server\.port was never set: it has version 0 now, not 3\./,
  });
  await settings.change(bob, [{ key: 'server.port', value: 1, expectedVersion: 0 }]);
  const { updatedAt } = settings.view('server.port') ?? {};
  const stale = settings.change(alice, [{ key: 'server.port', value: 2, expectedVersion: 0 }]);
  const time = new Date(updatedAt ?? 0).toISOString();
  await t.rejects(stale, { code: 'SETTING_STALE', data: { author: 'bob', time, version: 1, expected: 0 } });
  t.equal(settings.value('server.port'), 1);

  // Two at once upon the same version: one wins.
  const both = await Promise.allSettled([
    settings.change(alice, [{ key: 'server.port', value: 3, expectedVersion: 1 }]),
    settings.change(bob, [{ key: 'server.port', value: 4, expectedVersion: 1 }]),
  ]);
  t.strictSame(
    both.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
});

await t.test('all changes of a request or none; what does not fit is told', async (t) => {
  const { settings } = await openTestSettings(t);
  settings.define('kernel', [port, define('server.name')]);
  const change = (key: string, value: string | number) =>
    settings.change(alice, [
      { key: 'server.name', value: 'mine' },
      { key, value },
    ]);
  await t.rejects(change('server.port', 0), {
    code: 'SETTING_INVALID',
    message: /server\.port must be a port number from 1 to 65535/,
  });
  await t.rejects(change('server.prot', 1), { code: 'SETTING_UNKNOWN', message: /"server\.port"/ });
  await t.rejects(change('server.name', 'other'), { code: 'SETTING_INVALID', message: /twice/ });
  t.equal(settings.value('server.name'), undefined);
  t.strictSame(await settings.audit(alice, { limit: 10 }), []);
  await t.rejects(settings.change({ ...alice, tenant: 'other' }, [{ key: 'server.port', value: 1 }]), {
    code: 'TENANT_UNKNOWN',
  });
});

await t.test('subscribers hear of what matches, once a request, and only of what changed', async (t) => {
  const { settings, errors } = await openTestSettings(t);
  settings.define('kernel', [port, define('server.name'), define('log.level')]);
  const heard: (readonly string[])[] = [];
  settings.subscribe('*', () => {
    throw new Error('a bad subscriber');
  });
  const end = settings.subscribe('server.*', (keys) => heard.push(keys));
  await settings.change(alice, [
    { key: 'server.name', value: 'a' },
    { key: 'log.level', value: 'b' },
    { key: 'server.port', value: 4 },
  ]);
  await settings.change(alice, [{ key: 'server.name', value: 'a' }]);
  t.equal(settings.view('server.name')?.version, 1, 'the same value again is no change');
  end();
  await settings.change(alice, [{ key: 'server.name', value: 'c' }]);
  t.strictSame(heard, [['server.name', 'server.port']]);
  t.equal(errors.length, 2, 'the others go on');
});

await t.test('a secret is masked for people and sealed on disk', async (t) => {
  const { settings, dataDir } = await openTestSettings(t);
  settings.define('plugin.x', [token]);
  const [view] = await settings.change(alice, [{ key: token.key, value: secret }]);
  t.match(view, { value: null, masked: '••••••••cdef', isSet: true });
  t.equal(settings.value(token.key), secret);
  await settings.change(alice, [{ key: token.key, value: 'short' }]);
  t.equal(settings.view(token.key)?.masked, '••••••••');
  await settings.change(bob, [{ key: token.key, value: null }]);
  t.match(await settings.audit(alice, { key: token.key, limit: 2 }), [
    { version: 3, oldValue: '••••••••', newValue: null, changedBy: 'bob' },
    { version: 2, oldValue: '••••••••', newValue: '••••••••', changedBy: 'alice' },
  ]);
  for (const file of readdirSync(dataDir, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    t.notOk(readFileSync(join(file.parentPath, file.name)).includes(secret), file.name);
  }
  await t.rejects(settings.change(alice, [{ key: token.key, value: '••••••••cdef' }]), {
    code: 'SETTING_INVALID',
    message: /not its mask/,
  });
});

await t.test(
  'what was set in clear is sealed as soon as it is declared a secret, and stays hidden',
  async (t) => {
    const dataDir = dataDirOf(t);
    await using stage = await openTestSettings(t, dataDir);
    const { settings } = stage;
    settings.define('plugin.x', [define('plugin.x.TOKEN')]);
    await settings.change(alice, [{ key: token.key, value: secret }]);
    settings.define('plugin.x', [token]);
    t.match(settings.view(token.key), { value: null, masked: '••••••••cdef' });
    await settings.change(alice, []);
    const row = openRaw(t, join(dataDir, 'kernel.db')).prepare('SELECT value, encrypted FROM settings').get();
    t.match(row, { value: /^s1\./, encrypted: 1 });
    t.match(await settings.audit(alice, { limit: 1 }), [{ newValue: '••••••••' }]);
    settings.define('plugin.x', [define('plugin.x.TOKEN')]);
    t.equal(settings.view(token.key)?.value, null, 'no later manifest brings it to light');
  },
);

await t.test('what was set as a secret stays one until it is cleared', async (t) => {
  const dataDir = dataDirOf(t);
  const { settings } = await openTestSettings(t, dataDir);
  settings.define('plugin.x', [token]);
  await settings.change(alice, [{ key: token.key, value: 'the first secret' }]);
  settings.define('plugin.x', [define('plugin.x.TOKEN')]);
  const [view] = await settings.change(alice, [{ key: token.key, value: secret }]);
  t.match(view, { value: null, masked: '••••••••cdef' });
  const db = openRaw(t, join(dataDir, 'kernel.db'));
  const row = () => db.prepare('SELECT value, encrypted FROM settings').get();
  t.match(row(), { value: /^s1\./, encrypted: 1 });
  t.match(await settings.audit(alice, { limit: 1 }), [{ oldValue: '••••••••', newValue: '••••••••' }]);
  await t.rejects(settings.change(alice, [{ key: token.key, value: '••••••••cdef' }]), /not its mask/);
  await settings.change(alice, [{ key: token.key, value: null }]);
  await settings.change(alice, [{ key: token.key, value: 'no secret' }]);
  t.match(settings.view(token.key), { value: 'no secret', masked: null });
});

await t.test('a value that no longer fits is not in force, and says so', async (t) => {
  const { settings } = await openTestSettings(t);
  settings.define('kernel', [define('a.b')]);
  await settings.change(alice, [{ key: 'a.b', value: 'text' }]);
  settings.define('kernel', [define('a.b', { type: 'number', default: 3 })]);
  t.equal(settings.value('a.b'), 3);
  t.match(settings.view('a.b'), { value: 3, isSet: true, problem: /must be a number/ });
});

await t.test('the audit is paged, newest first, and cannot be changed', async (t) => {
  const { settings, dataDir } = await openTestSettings(t);
  settings.define('kernel', [port]);
  for (const value of [1, 2, 3]) await settings.change(alice, [{ key: 'server.port', value }]);
  const [newest, next] = await settings.audit(alice, { limit: 2 });
  t.match(
    [newest, next],
    [
      { oldValue: 2, newValue: 3 },
      { oldValue: 1, newValue: 2 },
    ],
  );
  const rest = await settings.audit(alice, { limit: 2, before: next?.id });
  t.match(rest, [{ oldValue: null, newValue: 1, version: 1 }]);
  const db = openRaw(t, join(dataDir, 'kernel.db'));
  t.throws(() => db.exec('DELETE FROM settings_audit'), /nothing is deleted/);
  t.throws(() => db.exec("UPDATE settings_audit SET changed_by = 'x'"), /never changes/);
  t.throws(() =>
    db.exec("INSERT OR REPLACE INTO settings_audit VALUES (1, 'default', 'k', 1, null, null, 1, 'x')"),
  );
  t.strictSame(await settings.audit({ ...alice, tenant: 'other' }, { limit: 9 }), []);
});

await t.test('no two owners declare the same setting', async (t) => {
  const { settings } = await openTestSettings(t);
  settings.define('kernel', [port]);
  t.throws(() => settings.define('plugin.x', [port]), /already declared/);
});
