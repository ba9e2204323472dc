import t, { type Test } from 'tap';
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { LiveAccess } from '../../runtime/access/live-access.ts';
import { redactText } from '../../runtime/base/redact.ts';
import { createIds } from '../../runtime/base/ids.ts';
import type { SignInFrom } from '../../runtime/contract/access.ts';
import { dataDirOf, openTestStore } from '../fixtures/store-stage.ts';

const minute = 60_000;
const hour = 60 * minute;
const from: SignInFrom = { address: 'loopback', device: null, agent: 'test', previous: null };

async function accessAt(t: Test) {
  const dataDir = dataDirOf(t);
  const clock = { time: 1_000_000_000_000, now: () => clock.time };
  const store = await openTestStore(t, dataDir, clock);
  const set: Record<string, number> = { 'access.idleMinutes': 30, 'access.sessionHours': 8 };
  const access = new LiveAccess({
    records: store.access,
    settings: { value: (key) => set[key] },
    clock,
    newId: createIds(clock),
    key: 'the key of the data directory',
    sealKey: Buffer.from('seal'),
    log: { info: () => {}, warn: () => {} },
  });
  const enter = async () => access.signIn({ code: (await access.newCode()).code }, from);
  return { access, clock, set, enter, file: join(dataDir, 'kernel.db') };
}

await t.test('a session ends when it is not used, and after its time however much it is', async (t) => {
  const { access, clock, set, enter } = await accessAt(t);
  const { secret, expiresAt } = await enter();
  t.equal(expiresAt, clock.time + 30 * minute);
  const isIn = async (): Promise<boolean> => (await access.ofSession(secret)) !== null;
  clock.time += 29 * minute;
  t.ok(await isIn());
  clock.time += 29 * minute;
  t.ok(await isIn(), 'use keeps it open');
  clock.time += 30 * minute;
  t.notOk(await isIn(), 'idle');
  const second = await enter();
  const start = clock.time;
  while (clock.time < start + 8 * hour - 20 * minute) {
    clock.time += 20 * minute;
    t.not(await access.ofSession(second.secret), null);
  }
  clock.time = start + 8 * hour;
  t.equal(await access.ofSession(second.secret), null, 'its time is over');
  const third = await enter();
  clock.time += 10 * minute;
  set['access.idleMinutes'] = 5;
  t.equal(await access.ofSession(third.secret), null, 'a shorter time holds at once');
});

await t.test('a look keeps no session open', async (t) => {
  const { access, clock, enter } = await accessAt(t);
  const { secret } = await enter();
  for (let minutes = 0; minutes < 30; minutes += 5) {
    t.not(await access.ofSession(secret, false), null);
    clock.time += 5 * minute;
  }
  t.equal(await access.ofSession(secret, false), null);
});

await t.test('a code is good for ten minutes and one sign-in', async (t) => {
  const { access, clock } = await accessAt(t);
  const { code, expiresAt } = await access.newCode();
  t.equal(expiresAt, clock.time + 10 * minute);
  clock.time += 10 * minute;
  await t.rejects(access.signIn({ code }, from), { code: 'LOGIN_LINK_INVALID' });
  const second = await access.newCode();
  await access.signIn({ code: second.code }, from);
  await t.rejects(access.signIn({ code: second.code }, from), { code: 'LOGIN_LINK_INVALID' });
});

await t.test('whoever ends what is told so', async (t) => {
  const { access, enter } = await accessAt(t);
  const { caller } = await enter();
  let told = 0;
  const stop = access.onEnd(caller, () => (told += 1));
  await enter();
  t.equal(told, 0);
  await access.endSession(caller.id);
  t.equal(told, 1);
  stop();
  await t.rejects(access.endSession(caller.id), { code: 'SESSION_UNKNOWN' });
  t.equal(told, 1);
});

await t.test('tokens end at their time', async (t) => {
  const { access, clock } = await accessAt(t);
  const { token } = await access.makeToken({ name: 'a', scopes: ['read', 'read'], expiresInDays: 1 });
  t.equal(redactText(`it said ${token}.`), 'it said [redacted].', 'no log keeps one');
  t.match(await access.ofToken(token), { kind: 'token', name: 'a', rights: ['read'] });
  t.equal(await access.ofToken(`${token}0`), null);
  t.match(await access.ofToken('the key of the data directory'), { kind: 'key', rights: ['admin'] });
  clock.time += 24 * hour;
  t.equal(await access.ofToken(token), null);
});

await t.test('no secret is in the database', async (t) => {
  const { access, enter, file } = await accessAt(t);
  const { secret, caller } = await enter();
  const { token } = await access.makeToken({ name: 'a', scopes: ['read'], expiresInDays: null });
  const { code } = await access.newCode();
  await access.setPassword(caller, 'correct horse battery', undefined);
  const db = new Database(file, { readonly: true });
  const rows = ['users', 'sessions', 'api_tokens', 'login_codes'].map((table) =>
    db.prepare(`SELECT * FROM ${table}`).all(),
  );
  db.close();
  t.same(
    rows.map(({ length }) => length),
    [1, 1, 1, 1],
  );
  const kept = JSON.stringify(rows);
  for (const text of [secret, token, code, 'correct horse', caller.csrf ?? '']) t.notOk(kept.includes(text));
  t.match(kept, /\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});
