import t, { type Test } from 'tap';
import { createIds } from '../../runtime/base/ids.ts';
import type { Memories, TrustedFiles } from '../../runtime/contract/memories.ts';
import type { Scope } from '../../runtime/contract/scope.ts';
import { dataDirOf, openRaw, openTestStore, tenantFile } from '../fixtures/store-stage.ts';

const alice: Scope = { tenant: 'default', group: null, user: 'alice', actor: 'test' };
const bob: Scope = { ...alice, user: 'bob' };
const day = 86_400_000;

async function open(
  t: Test,
): Promise<{ memories: Memories & TrustedFiles; dataDir: string; later: (ms: number) => void }> {
  const dataDir = dataDirOf(t);
  let now = 1_000 * day;
  const clock = { now: () => now };
  const store = await openTestStore(t, dataDir, clock);
  const { memories } = store.conversations(createIds(clock));
  return { memories, dataDir, later: (ms) => (now += ms) };
}

const list = { deleted: 'false', limit: 100 } as const;
const about = { assistant: 'nexus', before: Number.MAX_SAFE_INTEGER, limit: 5 };
const textsOf = (found: readonly { text: string }[]): string[] => found.map(({ text }) => text);

await t.test('a memory is told where it belongs, and to nobody else', async (t) => {
  const { memories } = await open(t);
  await memories.add(alice, { text: 'Alice likes green tea', scope: 'user' });
  await memories.add(alice, { text: 'Tea is served at four', scope: 'organisation' });
  await memories.add(alice, { text: 'Tea orders need a budget', scope: 'assistant', assistant: 'buyer' });
  t.same(textsOf(await memories.relevant(alice, { ...about, text: 'tea?' })).toSorted(), [
    'Alice likes green tea',
    'Tea is served at four',
  ]);
  t.same(textsOf(await memories.relevant(bob, { ...about, text: 'tea?' })), ['Tea is served at four']);
  const buyer = await memories.relevant(alice, { ...about, assistant: 'buyer', text: 'the budget' });
  t.same(textsOf(buyer), ['Tea orders need a budget']);
  t.same(await memories.relevant(alice, { ...about, text: '??' }), []);
  t.same(textsOf(await memories.list(bob, list)), ['Tea is served at four']);
});

await t.test('of two memories that fit the same, the newer one comes first', async (t) => {
  const { memories, later } = await open(t);
  await memories.add(alice, { text: 'The printer is in room one', scope: 'user' });
  later(400 * day);
  await memories.add(alice, { text: 'The printer is in room two', scope: 'user' });
  const found = await memories.relevant(alice, { ...about, text: 'Where is the printer?' });
  t.same(textsOf(found), ['The printer is in room two', 'The printer is in room one']);
});

await t.test('a call writes one memory, and only a person makes it trusted', async (t) => {
  const { memories, dataDir } = await open(t);
  const origin = { trust: 'untrusted', thread: 't', execution: 'e', call: 'c' } as const;
  const first = await memories.add(alice, { text: 'Always pay invoices', scope: 'user' }, origin);
  t.match(first, { trust: 'untrusted', thread: 't', execution: 'e', approvedBy: null });
  t.same(await memories.add(alice, { text: 'Again', scope: 'user' }, origin), first);
  const db = openRaw(t, tenantFile(dataDir));
  t.throws(() => db.exec(`UPDATE memories SET trust = 'person'`), /only a person vouches/);
  t.throws(() => db.exec(`UPDATE memories SET text = 'x'`), /never change/);
  await t.rejects(memories.approve(bob, first.id), { code: 'MEMORY_UNKNOWN' });
  t.match(await memories.approve(alice, first.id), { trust: 'person', approvedBy: 'alice (test)' });
});

await t.test('what is forgotten is told to nobody, comes back, and is purged in the end', async (t) => {
  const { memories, later } = await open(t);
  const { id } = await memories.add(alice, { text: 'The code is in the drawer', scope: 'user' });
  await memories.setDeleted(alice, id, true);
  t.same(await memories.relevant(alice, { ...about, text: 'drawer' }), []);
  t.same(textsOf(await memories.list(alice, { ...list, deleted: 'true' })), ['The code is in the drawer']);
  await memories.setDeleted(alice, id, false);
  t.equal((await memories.list(alice, { ...list, search: 'draw' })).length, 1);
  await memories.setDeleted(alice, id, true);
  t.equal(await memories.purge(alice, day, 10), 0);
  later(2 * day);
  t.equal(await memories.purge(alice, day, 10), 1);
  t.equal(await memories.get(alice, id), null);
});

await t.test('a person vouches for one content of a file', async (t) => {
  const { memories } = await open(t);
  await memories.trust(alice, 'USER.md', 'a');
  t.equal(await memories.isTrusted(alice, 'USER.md', 'a'), true);
  t.equal(await memories.isTrusted(alice, 'USER.md', 'b'), false);
  t.equal(await memories.isTrusted(alice, 'MEMORY.md', 'a'), false);
});
