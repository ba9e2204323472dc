import { join } from 'node:path';
import t from 'tap';
import { dataDirOf, openRaw, openTestStore } from '../fixtures/store-stage.ts';

await t.test('lists are kept by hash, replaced, and read many at once', async (test) => {
  const dataDir = dataDirOf(test);
  const clock = { nowMs: 1_000, now: () => clock.nowMs };
  const first = await openTestStore(test, dataDir, clock);
  const tools = { tools: [{ name: 'a', inputSchema: { type: 'object' } }] };
  await Promise.all([
    first.toolLists.put({ artifactHash: 'h1', plugin: 'p1', era: '2026-07-28', payload: tools }),
    first.toolLists.put({ artifactHash: 'h2', plugin: 'p2', era: '2025-11-25', payload: null }),
  ]);
  clock.nowMs = 2_000;
  await first.toolLists.put({ artifactHash: 'h2', plugin: 'p2', era: '2026-07-28', payload: [] });
  await first.close();

  const { toolLists } = await openTestStore(test, dataDir, clock);
  const h1 = { artifactHash: 'h1', plugin: 'p1', era: '2026-07-28', payload: tools, updatedAt: 1_000 };
  const h2 = { artifactHash: 'h2', plugin: 'p2', era: '2026-07-28', payload: [], updatedAt: 2_000 };
  test.same(toolLists.get('h1'), h1);
  test.equal(toolLists.get('absent'), null);
  test.same(Object.fromEntries(toolLists.getMany(['h2', 'absent', 'h1', 'h1'])), { h1, h2 });
  test.equal(toolLists.getMany([]).size, 0);
});

await t.test('an entry that cannot be read is as good as absent', async (test) => {
  const dataDir = dataDirOf(test);
  const { toolLists } = await openTestStore(test, dataDir);
  await toolLists.put({ artifactHash: 'h', plugin: 'p', era: 'e', payload: {} });
  openRaw(test, join(dataDir, 'kernel.db')).exec(`UPDATE tool_lists SET payload = '{"half'`);
  test.equal(toolLists.get('h'), null);
});

await t.test('the newest 500 entries stay, and none is larger than 8 MiB', async (test) => {
  const clock = { nowMs: 0, now: () => (clock.nowMs += 1) };
  const { toolLists } = await openTestStore(test, dataDirOf(test), clock);
  const hashes = Array.from({ length: 510 }, (_, index) => `h${index}`);
  await Promise.all(
    hashes.map((artifactHash) => toolLists.put({ artifactHash, plugin: 'p', era: 'e', payload: {} })),
  );
  test.same([...toolLists.getMany(hashes).keys()].length, 500);
  test.equal(toolLists.get('h9'), null);
  test.ok(toolLists.get('h10'));

  await toolLists.put({ artifactHash: 'large', plugin: 'p', era: 'e', payload: 'x'.repeat(9_000_000) });
  test.equal(toolLists.get('large'), null);
});
