import t from 'tap';
import { systemClock } from '../../runtime/base/clock.ts';
import { createIds } from '../../runtime/base/ids.ts';
import type { Scope } from '../../runtime/contract/scope.ts';
import { text } from '../fixtures/turn-steps.ts';
import { dataDirOf, openRaw, openTestStore, tenantFile } from '../fixtures/store-stage.ts';

const alice: Scope = { tenant: 'default', group: 'one', user: 'alice', actor: 'test' };
const say = (words: string) => [text(words)];

await t.test('a thread begins with what is said in it first, or not at all', async (t) => {
  const dataDir = dataDirOf(t);
  const store = await openTestStore(t, dataDir);
  const { threads, executions } = store.conversations(createIds(systemClock));
  const { thread, answer, execution } = await threads.begin(
    alice,
    { assistant: 'nexus', model: 'a/b' },
    say('hello'),
  );
  t.match(thread, { assistant: 'nexus', model: 'a/b', kind: 'user' });
  t.same(await threads.get(alice, thread.id), thread);
  t.match(await threads.messages(alice, thread.id, { limit: 10 }), [{ content: say('hello') }, answer]);
  t.match(await executions.get(alice, execution), { state: 'QUEUED', thread: thread.id });
  const raw = openRaw(t, tenantFile(dataDir));
  raw.exec(`CREATE TRIGGER full BEFORE INSERT ON messages WHEN NEW.role = 'assistant'
    BEGIN SELECT RAISE(ABORT, 'no room'); END`);
  await t.rejects(threads.begin(alice, { assistant: 'nexus' }, say('more')), { code: 'STORE_WRITE_FAILED' });
  t.same(await threads.list(alice, { limit: 10 }), [thread]);
  for (const table of ['messages', 'executions'])
    t.equal(raw.prepare(`SELECT count(*) FROM ${table}`).pluck().get(), table === 'messages' ? 2 : 1);
});
