import { join } from 'node:path';
import t from 'tap';
import { operatorScope } from '../../runtime/contract/scope.ts';
import { dataDirOf, openRaw, openTestStore } from '../fixtures/store-stage.ts';

const scope = operatorScope('cli');
const approval = {
  plugin: 'p',
  what: ['It wants more'],
  definitions: new Map(),
  lockFile: '/m/nexus.lock.json',
};

await t.test('approvals of one plugin, newest first, with who and through what', async (t) => {
  const dataDir = dataDirOf(t);
  const clock = { now: () => 7 };
  const { approvals } = await openTestStore(t, dataDir, clock);
  await approvals.record(scope, approval);
  await approvals.record(scope, { ...approval, plugin: 'other' });
  await approvals.record(operatorScope('api'), { ...approval, what: ['a', 'b'] });
  const found = approvals.list(scope, 'p', 10);
  t.same(found, [
    { id: 3, plugin: 'p', user: 'operator', actor: 'api', at: 7, what: ['a', 'b'] },
    { id: 1, plugin: 'p', user: 'operator', actor: 'cli', at: 7, what: ['It wants more'] },
  ]);
  t.equal(approvals.list(scope, 'p', 1).length, 1);
  t.same(approvals.list({ ...scope, tenant: 'other' }, 'p', 10), [], 'of another tenant there are none');

  const raw = openRaw(t, join(dataDir, 'kernel.db'));
  t.throws(() => raw.exec("UPDATE approvals SET user_id = 'somebody'"), /never changes/);
  t.throws(() => raw.exec('DELETE FROM approvals'), /are kept/);
});

await t.test('definitions by their hash, and the lock files this kernel has written', async (t) => {
  const dataDir = dataDirOf(t);
  const store = await openTestStore(t, dataDir);
  t.equal(store.approvals.definition('h'), null);
  t.equal(store.approvals.knowsLock(approval.lockFile), false);
  const definition = { name: 'say', description: 'Says \u200B.', inputSchema: { type: 'object' } };
  await store.approvals.record(scope, { ...approval, definitions: new Map([['h', definition]]) });
  await store.close();
  const { approvals } = await openTestStore(t, dataDir);
  t.same(approvals.definition('h'), definition);
  t.equal(approvals.knowsLock(approval.lockFile), true);
  t.equal(approvals.knowsLock('/elsewhere/nexus.lock.json'), false);
});
