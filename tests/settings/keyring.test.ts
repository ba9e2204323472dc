import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { alice, define, openTestSettings } from '../fixtures/settings-stage.ts';
import { dataDirOf, openRaw } from '../fixtures/store-stage.ts';

const keys = ['plugin.x.ONE', 'plugin.x.TWO'] as const;
const definitions = keys.map((key) => define(key, { sensitive: true }));

async function openWithSecrets(t: Test, dataDir: string, credentialsDir?: string) {
  const stage = await openTestSettings(t, dataDir, credentialsDir);
  stage.settings.define('plugin.x', definitions);
  return stage;
}

async function setBoth(t: Test, dataDir: string): Promise<void> {
  await using stage = await openWithSecrets(t, dataDir);
  await stage.settings.change(
    alice,
    keys.map((key) => ({ key, value: `value of ${key}` })),
  );
}

async function checkBoth(t: Test, dataDir: string, credentialsDir?: string): Promise<void> {
  await using stage = await openWithSecrets(t, dataDir, credentialsDir);
  for (const key of keys) t.equal(stage.settings.value(key), `value of ${key}`);
}

await t.test('the master key is made with the first secret, for its owner alone', async (t) => {
  const dataDir = dataDirOf(t);
  {
    await using stage = await openWithSecrets(t, dataDir);
    t.notOk(existsSync(join(dataDir, 'secrets.key')));
    t.equal(stage.settings.value(keys[0]), undefined);
  }
  await setBoth(t, dataDir);
  t.equal(statSync(join(dataDir, 'secrets.key')).mode & 0o777, 0o600);
  await checkBoth(t, dataDir);
});

for (const [what, spoil] of [
  ['lost', (file: string) => rmSync(file)],
  ['another one', (file: string) => writeFileSync(file, Buffer.alloc(32, 7).toString('base64url'))],
  ['no key at all', (file: string) => writeFileSync(file, 'hello')],
] as const) {
  await t.test(
    `a master key that is ${what}: settings open, and say which secrets they cannot read`,
    async (t) => {
      const dataDir = dataDirOf(t);
      await setBoth(t, dataDir);
      const file = join(dataDir, 'secrets.key');
      copyFileSync(file, `${file}.kept`);
      spoil(file);
      {
        await using stage = await openWithSecrets(t, dataDir);
        for (const key of keys) {
          t.throws(() => stage.settings.value(key), { code: 'SETTING_UNREADABLE', data: { keys: key } });
          t.match(stage.settings.view(key), {
            isSet: true,
            value: null,
            problem: new RegExp(`${key}.*secrets\\.key`),
          });
        }
        const change = stage.settings.change(alice, [{ key: keys[0], value: 'set anew' }]);
        if (what === 'no key at all') await t.rejects(change, { code: 'SECRETS_KEY_INVALID' });
        else {
          await change;
          t.equal(stage.settings.value(keys[0]), 'set anew');
          await stage.settings.change(alice, [{ key: keys[0], value: null }]);
        }
      }
      renameSync(`${file}.kept`, file);
      await using stage = await openWithSecrets(t, dataDir);
      t.equal(stage.settings.value(keys[1]), `value of ${keys[1]}`, 'put back, it opens them again');
    },
  );
}

await t.test(
  'a sealed text opens nowhere else: not under another key, tenant or version, nor changed',
  async (t) => {
    const dataDir = dataDirOf(t);
    await setBoth(t, dataDir);
    const spoil = async (sql: string): Promise<void> => {
      openRaw(t, join(dataDir, 'kernel.db')).exec(sql);
      await using stage = await openWithSecrets(t, dataDir);
      t.throws(() => stage.settings.value(keys[0]), { code: 'SETTING_UNREADABLE' }, sql);
    };
    const [one, two] = keys;
    const db = openRaw(t, join(dataDir, 'kernel.db'));
    const kept = db.prepare('SELECT value FROM settings WHERE key = ?').pluck().get(one);
    const restore = () =>
      db.prepare('UPDATE settings SET value = ?, version = 1 WHERE key = ?').run(kept, one);
    await spoil(
      `UPDATE settings SET value = (SELECT value FROM settings WHERE key = '${two}') WHERE key = '${one}'`,
    );
    restore();
    await spoil(`UPDATE settings SET version = 2 WHERE key = '${one}'`);
    restore();
    await spoil(
      `UPDATE settings SET value = substr(value, 1, 40) || 'AAAA' || substr(value, 45) WHERE key = '${one}'`,
    );
    await spoil(`UPDATE settings SET value = 's1.x' WHERE key = '${one}'`);
    restore();
    await checkBoth(t, dataDir);
    t.match(kept, /^s1\.[0-9a-f]{12}\.[\w-]+$/);
  },
);

await t.test('a replaced key seals everything anew, and the old one is gone', async (t) => {
  const dataDir = dataDirOf(t);
  await setBoth(t, dataDir);
  const before = readFileSync(join(dataDir, 'secrets.key'), 'utf8');
  {
    await using stage = await openWithSecrets(t, dataDir);
    t.equal(await stage.settings.replaceKey(), 2);
    t.equal(stage.settings.view(keys[0])?.version, 1, 'no change of the setting');
  }
  t.not(readFileSync(join(dataDir, 'secrets.key'), 'utf8'), before);
  t.equal(statSync(join(dataDir, 'secrets.key')).mode & 0o777, 0o600);
  t.notOk(existsSync(join(dataDir, 'secrets.key.old')));
  await checkBoth(t, dataDir);
});

await t.test('a replacement that ended at any moment is finished at the next start', async (t) => {
  const dataDir = dataDirOf(t);
  await setBoth(t, dataDir);
  const file = join(dataDir, 'secrets.key');
  const first = readFileSync(file, 'utf8');
  // After the copy, before the new key.
  copyFileSync(file, `${file}.old`);
  await checkBoth(t, dataDir);
  t.notOk(existsSync(`${file}.old`));
  // With a half-written new key beside it.
  writeFileSync(`${file}.new`, 'half');
  await checkBoth(t, dataDir);
  // After the new key, before anything was sealed with it.
  {
    await using stage = await openWithSecrets(t, dataDir);
    stage.keyring.replace();
  }
  t.equal(readFileSync(`${file}.old`, 'utf8'), first);
  await checkBoth(t, dataDir);
  t.notOk(existsSync(`${file}.old`));
  rmSync(`${file}.new`, { force: true });
  await checkBoth(t, dataDir);
});

await t.test('the old key stays as long as it is the only one', async (t) => {
  const dataDir = dataDirOf(t);
  await setBoth(t, dataDir);
  const file = join(dataDir, 'secrets.key');
  renameSync(file, `${file}.old`);
  await checkBoth(t, dataDir);
  t.ok(existsSync(`${file}.old`));
});

await t.test(
  'a systemd credential takes the place of the file and is replaced by systemd only',
  async (t) => {
    const dataDir = dataDirOf(t);
    await setBoth(t, dataDir);
    const dir = join(dataDir, 'credentials');
    const credential = join(dir, 'nexus-secrets-key');
    mkdirSync(dir);
    const [one, two] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString('hex'));
    writeFileSync(credential, `${one}\n`);
    await checkBoth(t, dataDir, dir);
    rmSync(join(dataDir, 'secrets.key'));
    await checkBoth(t, dataDir, dir);
    {
      await using stage = await openWithSecrets(t, dataDir, dir);
      await t.rejects(stage.settings.replaceKey(), { code: 'SECRETS_KEY_INVALID', message: /systemd/ });
    }
    writeFileSync(credential, `${two}\n`);
    writeFileSync(`${credential}-old`, `${one}\n`);
    await checkBoth(t, dataDir, dir);
    rmSync(`${credential}-old`);
    await checkBoth(t, dataDir, dir);
  },
);
