import t, { type Test } from 'tap';
import { systemClock } from '../../runtime/base/clock.ts';
import { createIds } from '../../runtime/base/ids.ts';
import type { ContentBlock } from '../../runtime/contract/models.ts';
import type { Scope } from '../../runtime/contract/scope.ts';
import type { Step } from '../../runtime/contract/threads.ts';
import type { Conversations } from '../../runtime/store/conversations.ts';
import { answered, figures, text } from '../fixtures/turn-steps.ts';
import { dataDirOf, openRaw, openTestStore, tenantFile } from '../fixtures/store-stage.ts';

const alice: Scope = { tenant: 'default', group: 'one', user: 'alice', actor: 'test' };
const bob: Scope = { ...alice, user: 'bob' };
const say = (words: string): ContentBlock[] => [text(words)];
const answer = (words: string): Step => answered(text(words));

async function open(t: Test, dataDir = dataDirOf(t)): Promise<Conversations & { readonly dataDir: string }> {
  const store = await openTestStore(t, dataDir);
  return { ...store.conversations(createIds(systemClock)), dataDir };
}

const begin = async ({ threads }: Conversations, words = 'hello') => {
  const thread = await threads.create(alice, { assistant: 'nexus' });
  return { thread, ...(await threads.send(alice, thread.id, say(words))) };
};

await t.test('what is said and what is to be answered are on record together', async (t) => {
  const store = await open(t);
  const { thread, execution } = await begin(store);
  t.match(await store.threads.messages(alice, thread.id, { limit: 10 }), [
    { role: 'user', status: 'COMPLETED', content: say('hello') },
    { role: 'assistant', status: 'PENDING', content: [], execution },
  ]);
  t.match(await store.executions.get(alice, execution), {
    state: 'QUEUED',
    steps: [],
    user: 'alice',
    group: 'one',
  });
});

await t.test('nobody sees the threads of others', async (t) => {
  const store = await open(t);
  const { thread, execution } = await begin(store);
  t.same(await store.threads.list(bob, { limit: 10 }), []);
  t.equal(await store.threads.get(bob, thread.id), null);
  t.equal(await store.executions.get(bob, execution), null);
  await t.rejects(store.threads.messages(bob, thread.id, { limit: 1 }), { code: 'THREAD_UNKNOWN' });
  await t.rejects(store.threads.send(bob, thread.id, say('x')), { code: 'THREAD_UNKNOWN' });
  await t.rejects(store.threads.setDeleted(bob, thread.id, true), { code: 'THREAD_UNKNOWN' });
  await t.rejects(store.executions.move(bob, execution, ['QUEUED'], 'RUNNING'), { code: 'EXECUTION_STATE' });
  t.equal(await store.threads.get({ ...alice, group: 'two' }, thread.id), null);
});

await t.test('a message follows the steps and the state of its turn', async (t) => {
  const store = await open(t);
  const { thread, execution } = await begin(store);
  const last = async () => (await store.threads.messages(alice, thread.id, { limit: 1 }))[0];
  await store.executions.move(alice, execution, ['QUEUED'], 'RUNNING');
  await store.executions.append(alice, execution, 0, answer('Well.'));
  t.match(await last(), { status: 'PROCESSING', content: say('Well.'), model: 'a/b' });
  await store.executions.move(alice, execution, ['RUNNING'], 'FAILED', 'the line broke');
  t.match(await last(), { status: 'FAILED', failedReason: 'the line broke' });
  t.same(await store.executions.open(alice), []);
  await t.rejects(store.executions.append(alice, execution, 1, answer('More')), { code: 'EXECUTION_STATE' });
  await t.rejects(store.executions.move(alice, execution, ['FAILED'], 'RUNNING'));
});

await t.test('a message says why its model was asked, and what it took', async (t) => {
  const store = await open(t);
  const { thread, execution } = await begin(store);
  const decision = { model: 'a/b', by: 'router' as const, score: 1, threshold: 30, parts: [], fallbacks: [] };
  const spent = { ...figures, usage: { ...figures.usage, costMicros: 7 } };
  await store.executions.append(alice, execution, 0, { kind: 'routing', decision });
  await store.executions.append(alice, execution, 1, { ...answered(text('Well.')), ...spent, told: 1 });
  await store.executions.append(alice, execution, 2, answer('So.'));
  t.match((await store.threads.messages(alice, thread.id, { limit: 1 }))[0], {
    routing: decision,
    usage: { inputTokens: 20, outputTokens: 200, costMicros: 7, modelCalls: 2, unknownCosts: 1 },
  });
});

await t.test('a summary stands for messages as long as they are there', async (t) => {
  const store = await open(t);
  const { thread, message, execution } = await begin(store);
  t.equal(await store.threads.summary(alice, thread.id), null);
  const step: Step = { ...figures, kind: 'compaction', summary: 'short', through: message.id, steps: 0 };
  await store.executions.append(alice, execution, 0, step);
  t.same(await store.threads.summary(alice, thread.id), { summary: 'short', through: message.id });
  const { message: next } = await store.threads.send(alice, thread.id, say('and now'));
  t.match(await store.threads.messages(alice, thread.id, { after: message.id, limit: 9 }), [
    { role: 'assistant' },
    { id: next.id },
    { role: 'assistant' },
  ]);
});

await t.test('a thread is named once, and messages can be pinned', async (t) => {
  const store = await open(t);
  const { thread, message } = await begin(store);
  t.equal(await store.threads.name(alice, thread.id, 'First'), true);
  t.equal(await store.threads.name(alice, thread.id, 'Second'), false);
  t.equal((await store.threads.get(alice, thread.id))?.title, 'First');
  await store.threads.pin(alice, thread.id, message.id, true);
  const pinned = (): Promise<readonly unknown[]> =>
    store.threads.messages(alice, thread.id, { pinned: true, limit: 9 });
  t.match(await pinned(), [{ id: message.id, pinned: true }]);
  await store.threads.pin(alice, thread.id, message.id, false);
  t.same(await pinned(), []);
  await t.rejects(store.threads.pin(alice, thread.id, 'none', true), { code: 'MESSAGE_UNKNOWN' });
  await t.rejects(store.threads.pin(bob, thread.id, message.id, true), { code: 'THREAD_UNKNOWN' });
});

await t.test('what is under way is not cut off by an edit', async (t) => {
  const store = await open(t);
  const { thread, message, execution } = await begin(store);
  const edit = () => store.threads.send(alice, thread.id, say('again'), message.id);
  await t.rejects(edit(), { code: 'THREAD_BUSY' });
  await t.rejects(store.threads.assign(alice, thread.id, 'writer'), { code: 'THREAD_BUSY' });
  await t.rejects(store.threads.assign(bob, thread.id, 'writer'), { code: 'THREAD_UNKNOWN' });
  t.equal((await store.threads.messages(alice, thread.id, { limit: 9 })).length, 2);
  await store.executions.move(alice, execution, ['QUEUED'], 'CANCELED');
  await store.threads.assign(alice, thread.id, 'writer');
  t.equal((await store.threads.get(alice, thread.id))?.assistant, 'writer');
  t.match(await edit(), { message: { replaces: message.id } });
});

await t.test('a step has one place, whoever writes it first', async (t) => {
  const store = await open(t);
  const { execution } = await begin(store);
  const writes = [1, 2, 3].map((nth) => store.executions.append(alice, execution, 0, answer(String(nth))));
  const outcomes = await Promise.allSettled(writes);
  t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  await t.rejects(store.executions.append(alice, execution, 5, answer('x')), { code: 'EXECUTION_STATE' });
  t.equal((await store.executions.get(alice, execution))?.steps.length, 1);
});

await t.test('steps cannot be rewritten behind its back', async (t) => {
  const store = await open(t);
  const { execution } = await begin(store);
  await store.executions.append(alice, execution, 0, answer('x'));
  const raw = openRaw(t, tenantFile(store.dataDir));
  t.throws(() => raw.exec(`UPDATE execution_steps SET step = '{}'`), /a step never changes/);
});

await t.test('turns that are open are found by the next kernel', async (t) => {
  const dataDir = dataDirOf(t);
  const store = await openTestStore(t, dataDir);
  const first = store.conversations(createIds(systemClock));
  const { execution } = await begin(first);
  await first.executions.move(alice, execution, ['QUEUED'], 'RUNNING');
  await first.executions.append(alice, execution, 0, answer('half'));
  await store.close();
  const second = await open(t, dataDir);
  t.match(await second.executions.open(alice), [
    { id: execution, state: 'RUNNING', steps: [{ kind: 'model_call' }] },
  ]);
});

await t.test('threads are found by what was said and answered in them', async (t) => {
  const store = await open(t);
  const { thread, execution } = await begin(store, 'the quick "brown" fox');
  await begin(store, 'something else');
  await store.executions.append(alice, execution, 0, answer('jumped over Zürich'));
  const found = async (search: string): Promise<readonly string[]> =>
    (await store.threads.list(alice, { search, limit: 10 })).map(({ id }) => id);
  for (const search of ['quick', 'FOX qui', 'brown"', 'zürich', 'jump'])
    t.same(await found(search), [thread.id], search);
  for (const search of ['absent', '"', '* OR 1', 'NEAR(', ''])
    t.same(await found(search), [], `"${search}" is no query language`);
  await store.threads.update(alice, thread.id, { title: 'Café bills of 2026' });
  for (const search of ['bills', 'CAFE', 'of caf', '2026']) t.same(await found(search), [thread.id], search);
  for (const search of ['ill', 'bills 2025', 'caf bills'])
    t.same(await found(search), [], `"${search}" is in no title`);
});

await t.test('pages of threads and messages', async (t) => {
  const store = await open(t);
  const ids: string[] = [];
  for (let index = 0; index < 5; index++) ids.unshift((await begin(store)).thread.id);
  const seen: string[] = [];
  for (let before: string | undefined; ;) {
    const page = await store.threads.list(alice, { limit: 2, ...(before === undefined ? {} : { before }) });
    if (page.length === 0) break;
    seen.push(...page.map(({ id }) => id));
    before = page.at(-1)?.id;
  }
  t.same([...seen].sort(), [...ids].sort());
  t.equal(new Set(seen).size, 5);
  const [thread = ''] = ids;
  const [latest] = await store.threads.messages(alice, thread, { limit: 1 });
  t.equal(latest?.role, 'assistant');
  const earlier = await store.threads.messages(alice, thread, { before: latest?.id ?? '', limit: 5 });
  t.same(
    earlier.map(({ role }) => role),
    ['user'],
  );
});

await t.test('the trash keeps everything until it is purged, in chunks', async (t) => {
  const store = await open(t);
  const { thread } = await begin(store, 'secret words');
  const { thread: kept } = await begin(store, 'kept words');
  for (let index = 0; index < 7; index++) await store.threads.send(alice, thread.id, say(`words ${index}`));
  await store.threads.setDeleted(alice, thread.id, true);
  t.same(
    (await store.threads.list(alice, { limit: 9 })).map(({ id }) => id),
    [kept.id],
  );
  t.same(
    (await store.threads.list(alice, { deleted: true, limit: 9 })).map(({ id }) => id),
    [thread.id],
  );
  t.equal(await store.threads.purge(alice, 60_000, 3), 0, 'not yet');
  t.equal(await store.threads.purge(bob, -1, 3), 0, "not another person's");
  await t.rejects(store.threads.send(alice, thread.id, say('too late')), { code: 'THREAD_TRASHED' });
  const turns = (await store.executions.open(alice)).filter((one) => one.thread === thread.id);
  for (const { id } of turns) {
    t.equal(await store.threads.purge(alice, -1, 3), 0, 'a turn is not over');
    await store.executions.move(alice, id, ['QUEUED'], 'CANCELED');
  }
  t.equal(await store.threads.purge(alice, -1, 3), 16 + 1);
  t.equal(await store.threads.get(alice, thread.id), null);
  const raw = openRaw(t, tenantFile(store.dataDir));
  const left = (table: string): unknown => raw.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  t.same(['messages', 'executions', 'threads'].map(left), [2, 1, 1]);
  t.same(await store.threads.list(alice, { search: 'secret', deleted: true, limit: 9 }), []);
  await t.rejects(store.threads.purge(alice, 0, 0), { code: 'USAGE' });
});

await t.test('some of the trash goes, and what is taken back has its place again', async (t) => {
  const store = await open(t);
  const { thread: first, execution } = await begin(store);
  const { thread: second } = await begin(store);
  await store.executions.move(alice, execution, ['QUEUED'], 'CANCELED');
  const { updatedAt } = (await store.threads.get(alice, first.id)) ?? {};
  for (const { id } of [first, second]) await store.threads.setDeleted(alice, id, true);
  await store.threads.setDeleted(alice, second.id, false);
  t.match(await store.threads.get(alice, first.id), { updatedAt, deletedAt: Number });
  t.equal(await store.threads.purge(alice, -1, 9, undefined, [second.id]), 0, 'is in the trash no more');
  t.equal(await store.threads.purge(bob, -1, 9, undefined, [first.id]), 0, "another person's");
  t.equal(await store.threads.purge(alice, -1, 9, undefined, []), 0);
  t.equal(await store.threads.purge(alice, -1, 9, undefined, [first.id]), 2 + 1);
  t.equal(await store.threads.get(alice, first.id), null);
  t.not(await store.threads.get(alice, second.id), null);
});

await t.test('a call starts one thread of a sub-agent, which knows who is above it', async (t) => {
  const store = await open(t);
  const { thread, execution } = await begin(store);
  const sub = { assistant: 'nexus', title: 'Find it', timeLimitMs: 5, above: thread, parent: execution };
  const first = await store.threads.createSub(alice, { ...sub, call: 'c1' });
  t.match(first, { kind: 'tool', parent: execution, ancestors: [thread.id], timeLimitMs: 5 });
  t.same(await store.threads.createSub(alice, { ...sub, call: 'c1', title: 'Again' }), first);
  const below = await store.threads.createSub(alice, { ...sub, above: first, call: 'c2' });
  t.same(below.ancestors, [thread.id, first.id]);
  t.same(
    (await store.threads.list(alice, { limit: 10 })).map(({ id }) => id),
    [thread.id],
    'the list of threads is that of people',
  );
  const ofTurn = await store.threads.list(alice, { kind: 'tool', parent: execution, limit: 10 });
  t.same(ofTurn.map(({ id }) => id).toSorted(), [first.id, below.id].toSorted());
  const said = await store.threads.send(alice, first.id, say('find'));
  t.match(await store.executions.get(alice, said.execution), { parent: execution });
});

await t.test('what a sub-agent came to is delivered once', async (t) => {
  const store = await open(t);
  const { thread, execution } = await begin(store);
  const asked = { assistant: 'nexus', title: 'Find it', timeLimitMs: 5, above: thread, parent: execution };
  const sub = await store.threads.createSub(alice, { ...asked, call: 'c1' });
  const report = { type: 'report' as const, thread: sub.id, title: 'Find it', state: 'SUCCEEDED' as const };
  const content = [{ ...report, text: 'Found.' }];
  await store.threads.send(alice, thread.id, content);
  await t.rejects(store.threads.send(alice, thread.id, content), { code: 'EXECUTION_STATE' });
  const messages = await store.threads.messages(alice, thread.id, { limit: 10 });
  t.same(
    messages.map((message) => message.content),
    [say('hello'), [], content, []],
  );
});

await t.test('the version that answers is recorded once', async (t) => {
  const store = await open(t);
  const { thread, execution } = await begin(store);
  await store.executions.answeredBy(alice, execution, 3);
  await store.executions.answeredBy(alice, execution, 4);
  t.match(await store.executions.get(alice, execution), { assistantVersion: 3 });
  t.match((await store.threads.messages(alice, thread.id, { limit: 1 }))[0], { assistantVersion: 3 });
});
