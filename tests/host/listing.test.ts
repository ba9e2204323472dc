import t from 'tap';
import type { Era, JsonObject } from '../../runtime/contract/plugins.ts';
import { fetchListing, readListing } from '../../runtime/host/listing.ts';
import { Peer } from '../../runtime/host/peer.ts';
import { PluginSide } from '../fixtures/plugin-side.ts';
import { metaKeys, modernVersion } from '../fixtures/wire.ts';

const all = { tools: {}, prompts: {}, resources: {} };

/** Fetches a listing from a plugin that answers with `serve`; `asked` tells what was asked. */
async function list(
  serve: (method: string, cursor: unknown) => JsonObject,
  { era = 'legacy', capabilities = all }: { era?: Era; capabilities?: JsonObject } = {},
) {
  const side = new PluginSide().listen();
  const peer = new Peer(side.channel);
  await peer.open({ request: () => Promise.resolve({}), notification: () => {}, closed: () => {} });
  let answered = 0;
  side.stdin.on('data', () => {
    for (const { id, method, params } of side.inbox.all.slice(answered)) {
      answered++;
      const cursor =
        typeof params === 'object' && params !== null && 'cursor' in params ? params.cursor : undefined;
      if (id !== undefined) side.send({ id, ...serve(String(method), cursor) });
    }
  });
  const hands = { era, serverInfo: { name: 'x' }, capabilities, instructions: null };
  const listing = await fetchListing(peer, hands, new AbortController().signal);
  return { listing, asked: side.inbox.all };
}

const keys: Readonly<Record<string, string>> = {
  'tools/list': 'tools',
  'prompts/list': 'prompts',
  'resources/list': 'resources',
  'resources/templates/list': 'resourceTemplates',
};

await t.test('every list is followed page by page and items come as they were sent', async (t) => {
  const { listing, asked } = await list((method, cursor) => {
    const key = keys[method] ?? '';
    const page = cursor === undefined ? 0 : Number(cursor);
    const item = { name: `${key}-${page}`, 'x-unknown': { kept: [page] } };
    return { result: { [key]: [item], ...(page < 2 ? { nextCursor: String(page + 1) } : {}) } };
  });
  t.equal(asked.length, 12);
  for (const key of ['tools', 'prompts', 'resources', 'resourceTemplates'] as const) {
    t.same(
      listing[key],
      [0, 1, 2].map((page) => ({ name: `${key}-${page}`, 'x-unknown': { kept: [page] } })),
    );
  }
  t.match(listing, { era: 'legacy', serverInfo: { name: 'x' }, capabilities: all, instructions: null });
  t.same(asked[0]?.['params'], {}, 'a legacy plugin gets no envelope');
});

await t.test('a modern plugin gets the envelope with every page', async (t) => {
  const { asked } = await list(
    (_method, cursor) => ({ result: { tools: [], ...(cursor === undefined ? { nextCursor: 'c' } : {}) } }),
    { era: 'modern', capabilities: { tools: {} } },
  );
  t.equal(asked.length, 2);
  for (const { params } of asked) t.match(params, { _meta: { [metaKeys.version]: modernVersion } });
  t.match(asked[1], { params: { cursor: 'c' } });
});

await t.test('what a plugin does not declare is not asked', async (t) => {
  const { listing, asked } = await list(() => ({ result: { tools: [{ name: 'a' }] } }), {
    capabilities: { tools: {} },
  });
  t.same(
    asked.map(({ method }) => method),
    ['tools/list'],
  );
  t.same([listing.prompts, listing.resources, listing.resourceTemplates], [[], [], []]);
});

await t.test('a method the plugin does not know is an empty list; another error is an error', async (t) => {
  const { listing } = await list((method) =>
    method === 'resources/templates/list'
      ? { error: { code: -32_601, message: 'Method not found' } }
      : { result: { [keys[method] ?? '']: [{ name: 'a' }] } },
  );
  t.equal(listing.resources.length, 1);
  t.same(listing.resourceTemplates, []);
  const failing = list(() => ({ error: { code: -32_603, message: 'database locked' } }));
  await t.rejects(failing, { code: -32_603, message: 'database locked' });
});

await t.test('what is no object is left out; what is no list is an empty one', async (t) => {
  const odd = [null, 'text', 7, ['a'], { name: 'real' }];
  const { listing } = await list((method) => ({
    result: method === 'tools/list' ? { tools: odd } : { prompts: {} },
  }));
  t.same(listing.tools, [{ name: 'real' }]);
  t.same(listing.prompts, []);
});

await t.test('an endless plugin is cut off: 200 pages, 10,000 items', async (t) => {
  const endless = await list(() => ({ result: { tools: [{ name: 'a' }], nextCursor: 'again' } }), {
    capabilities: { tools: {} },
  });
  t.equal(endless.asked.length, 200);
  t.equal(endless.listing.tools.length, 200);
  const items = Array.from({ length: 9_999 }, (_, n) => ({ name: `t${n}` }));
  const huge = await list(() => ({ result: { tools: items, nextCursor: 'again' } }), {
    capabilities: { tools: {} },
  });
  t.equal(huge.asked.length, 2);
  t.equal(huge.listing.tools.length, 10_000);
});

await t.test('an abort ends a listing with its reason', async (t) => {
  const side = new PluginSide().listen();
  const peer = new Peer(side.channel);
  await peer.open({ request: () => Promise.resolve({}), notification: () => {}, closed: () => {} });
  const stop = new AbortController();
  const hands = { era: 'legacy', serverInfo: {}, capabilities: all, instructions: null } as const;
  const rejected = t.rejects(fetchListing(peer, hands, stop.signal), { message: 'stop' });
  await side.inbox.next();
  stop.abort(new Error('stop'));
  await rejected;
});

await t.test('a listing read back from the cache is the same, and anything else is none', (t) => {
  const listing = {
    era: 'modern',
    serverInfo: { name: 'x' },
    capabilities: { tools: {} },
    instructions: 'text',
    tools: [{ name: 'a', 'x-unknown': [1] }],
    prompts: [],
    resources: [{ uri: 'a:b' }],
    resourceTemplates: [{ uriTemplate: 'a:{b}' }],
  };
  t.same(readListing(JSON.parse(JSON.stringify(listing))), listing);
  const strange = [
    undefined,
    null,
    [],
    'text',
    {},
    { ...listing, era: 'future' },
    { ...listing, serverInfo: null },
    { ...listing, capabilities: [] },
  ];
  for (const value of strange) t.equal(readListing(value), null, JSON.stringify(value));
  t.match(readListing({ ...listing, tools: { 0: {} }, prompts: [null, { name: 'p' }], instructions: 7 }), {
    tools: [],
    prompts: [{ name: 'p' }],
    instructions: null,
  });
  t.end();
});
