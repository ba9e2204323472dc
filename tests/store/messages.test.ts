import t from 'tap';
import { systemClock } from '../../runtime/base/clock.ts';
import { createIds } from '../../runtime/base/ids.ts';
import { redactKnownTo, SecretFinder } from '../../runtime/base/known-secrets.ts';
import type { Scope } from '../../runtime/contract/scope.ts';
import { answered, call, steered, text } from '../fixtures/turn-steps.ts';
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

await t.test('known secrets are on no record, whoever says them, and our own words stay', async (t) => {
  const store = await openTestStore(t, dataDirOf(t));
  const { threads, executions } = store.conversations(createIds(systemClock));
  const finder = new SecretFinder();
  const known = redactKnownTo(finder);
  t.teardown(() => known[Symbol.dispose]());
  for (const secret of ['assistant', 'tool_call', 'tool_result']) finder.learn('s', secret);
  const { thread, message, execution } = await threads.begin(
    alice,
    { assistant: 'nexus' },
    say('my assistant'),
  );
  t.same(message.content, say('my [secret s]'));
  const asked = call('1', 'assistant', { assistant: [{ of: 'a tool_call' }], n: 1 });
  const thought = { type: 'thinking', text: 'assistant?', provider: 'p', opaque: ['assistant'] } as const;
  const whole = { ...thought, opaque: 'assistant' };
  const kept = await executions.append(alice, execution, 0, answered(thought, whole, asked));
  const content = [
    { ...thought, text: '[secret s]?', opaque: ['[secret s]'] },
    { ...thought, text: '[secret s]?', opaque: '[secret s]' },
    call('1', 'assistant', { '[secret s]': [{ of: 'a [secret s]' }], n: 1 }),
  ];
  t.same(kept, answered(...content));
  t.match(await executions.append(alice, execution, 1, steered('assistant')), steered('[secret s]'));
  t.same((await executions.get(alice, execution))?.steps, [kept, steered('[secret s]')]);
  const told = (await threads.messages(alice, thread.id, { limit: 10 })).at(-1);
  t.match(told, { role: 'assistant', content: [...content, { type: 'steering', text: '[secret s]' }] });
  await threads.update(alice, thread.id, { title: 'my assistant' });
  t.match(await threads.get(alice, thread.id), { title: 'my [secret s]' });
  const clean = steered('nothing');
  t.equal(await executions.append(alice, execution, 2, clean), clean);
  await executions.move(alice, execution, ['QUEUED'], 'CANCELED');
  const file = { type: 'attachment', name: 'tool_call'.repeat(22), text: 'x' } as const;
  const sent = await threads.send(alice, thread.id, [file]);
  t.match(sent.message.content, [{ name: '[secret s]'.repeat(20) }], 'still a name that fits');
});
