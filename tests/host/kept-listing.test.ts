import t, { type Test } from 'tap';
import { openTestStore } from '../fixtures/store-stage.ts';
import type { PluginListing } from '../../runtime/contract/plugins.ts';
import { KeptListing } from '../../runtime/host/kept-listing.ts';
import { turn } from '../fixtures/plugin-side.ts';

function listing(...tools: readonly string[]): PluginListing {
  return {
    era: 'modern',
    serverInfo: { name: 'x' },
    capabilities: { tools: {} },
    instructions: null,
    tools: tools.map((name) => ({ name, 'x-unknown': { kept: true } })),
    prompts: [],
    resources: [],
    resourceTemplates: [],
  };
}

async function open(t: Test) {
  const store = await openTestStore(t);
  const heard = { changes: 0, problems: [] as string[] };
  const make = (): KeptListing =>
    new KeptListing({
      plugin: 'x',
      cache: store.toolLists,
      onChange: () => heard.changes++,
      onProblem: (text) => heard.problems.push(text),
    });
  return { kept: make(), make, heard, store };
}

await t.test('what was listed once is known without asking, for this very artifact', async (t) => {
  const { kept, make, heard } = await open(t);
  t.equal(kept.recall('hash-1'), false);
  t.equal(kept.listing, null);
  t.equal(kept.knownEra('hash-1'), null);
  t.equal(heard.changes, 0);
  await kept.keep(listing('a'), 'hash-1');
  t.equal(heard.changes, 1);

  const later = make();
  t.equal(later.recall('hash-2'), false, 'other code is not known');
  t.equal(later.recall('hash-1'), true);
  t.same(later.listing, listing('a'));
  t.equal(later.knownEra('hash-1'), 'modern');
  t.equal(heard.changes, 2);
});

await t.test('a cached listing that is none is asked for again', async (t) => {
  const { kept, store } = await open(t);
  await store.toolLists.put({ artifactHash: 'hash', plugin: 'x', era: 'modern', payload: { era: 'future' } });
  t.equal(kept.recall('hash'), false);
  t.equal(kept.listing, null);
});

await t.test('the same listing again is no change', async (t) => {
  const { kept, heard } = await open(t);
  await kept.keep(listing('a', 'b'), 'hash');
  await kept.keep(listing('a', 'b'), 'hash');
  kept.recall('hash');
  t.equal(heard.changes, 1);
  await kept.keep(listing('b', 'a'), 'hash');
  t.equal(heard.changes, 2, 'the order is part of it');
});

await t.test(
  'many changes in one turn are asked for once; those that come while asking once more',
  async (t) => {
    const { kept, heard } = await open(t);
    const asked: ReturnType<typeof Promise.withResolvers<PluginListing>>[] = [];
    const ask = (): Promise<PluginListing> => {
      const answer = Promise.withResolvers<PluginListing>();
      asked.push(answer);
      return answer.promise;
    };
    const refreshes = Array.from({ length: 10 }, () => kept.refresh('hash', ask));
    await turn();
    t.equal(asked.length, 1);
    for (let change = 0; change < 5; change++) refreshes.push(kept.refresh('hash', ask));
    await turn();
    t.equal(asked.length, 1, 'one question at a time: no late answer can undo a later one');
    asked[0]?.resolve(listing('a'));
    while (asked.length < 2) await turn();
    asked[1]?.resolve(listing('a', 'b'));
    await Promise.all(refreshes);
    t.equal(asked.length, 2);
    t.same(kept.listing, listing('a', 'b'));
    t.equal(heard.changes, 2);
  },
);

await t.test('a failing question is a problem on record and the old listing stays', async (t) => {
  const { kept, heard } = await open(t);
  await kept.keep(listing('a'), 'hash');
  await kept.refresh('hash', () => Promise.reject(new Error('it hung up')));
  t.same(heard.problems, ['listing failed: it hung up']);
  t.same(kept.listing, listing('a'));
  await kept.refresh('hash', () => Promise.resolve(listing('b')));
  t.same(kept.listing, listing('b'), 'the next change is asked for as ever');
});

await t.test('a cache that cannot be written is a problem on record, no failure of the plugin', async (t) => {
  const { kept, heard, store } = await open(t);
  await store.close();
  await t.resolves(kept.keep(listing('a'), 'hash'));
  t.same(kept.listing, listing('a'));
  t.match(heard.problems, [/^the listing is not cached: STORE_CLOSED/]);
});

await t.test(
  'a plugin that says that it changed whenever it is asked is not asked without end',
  async (t) => {
    const { kept } = await open(t);
    let asked = 0;
    const ask = (): Promise<PluginListing> => {
      asked++;
      if (asked < 4) void kept.refresh('hash', ask);
      return Promise.resolve(listing(`t${asked}`));
    };
    const startedMs = performance.now();
    void kept.refresh('hash', ask);
    while (asked < 3) await turn();
    t.ok(performance.now() - startedMs >= 190, 'a tenth of a second between two questions');
  },
);
