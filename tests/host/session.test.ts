import t from 'tap';
import { isJsonObject, type JsonObject } from '../../runtime/contract/plugins.ts';
import { openHost, textOf } from '../fixtures/host-stage.ts';
import { startRemote } from '../fixtures/remote-server.ts';

function contentOf({ structuredContent }: JsonObject): JsonObject {
  return isJsonObject(structuredContent) ? structuredContent : {};
}

await t.test(
  'a plugin sees the workspace, what its source sets and what it is granted, nothing else',
  async (t) => {
    process.env['NEXUS_TEST_GRANTED'] = 'granted';
    process.env['NEXUS_TEST_SECRET'] = 'secret';
    t.teardown(() => {
      delete process.env['NEXUS_TEST_GRANTED'];
      delete process.env['NEXUS_TEST_SECRET'];
    });
    const env = ['NEXUS_TEST_GRANTED', 'NEXUS_TEST_NEVER_SET', 'LABEL'];
    const stage = await openHost(t, { p: { permissions: { fs: { write: ['${workspace}'] }, env } } });
    const seen = contentOf(await stage.call('p', 'env'));
    t.match(seen, { NEXUS_WORKSPACE: stage.workspace, NEXUS_TEST_GRANTED: 'granted', LABEL: 'p' });
    t.notOk('NEXUS_TEST_NEVER_SET' in seen);
    t.notOk('NEXUS_TEST_SECRET' in seen);
    t.notMatch(JSON.stringify(seen), 'secret');
  },
);

await t.test(
  'what a plugin writes beside its messages is kept with its stderr, the last 200 lines',
  async (t) => {
    const stage = await openHost(t, { p: {} });
    await stage.call('p', 'noise', { text: 'Listening on port 3000\n' });
    await stage.call('p', 'say', { level: 'info', data: { a: 1 } });
    await stage.until(() => stage.host.stderr('p').length === 2);
    t.same(stage.host.stderr('p'), [
      '[stdout, not JSON-RPC] Listening on port 3000',
      '[log] {"level":"info","logger":"fixture","data":{"a":1}}',
    ]);
    t.ok(
      stage.logs.includes('p: [stdout, not JSON-RPC] Listening on port 3000'),
      'and in the log of the kernel',
    );
    await stage.call('p', 'noise', { text: Array.from({ length: 1_000 }, (_, n) => `line ${n}\n`).join('') });
    const kept = stage.host.stderr('p');
    t.equal(kept.length, 200);
    t.equal(kept.at(-1), '[stdout, not JSON-RPC] line 999');
  },
);

await t.test('the last words are not lost, in the strongest sandbox there is', async (t) => {
  const isolation = process.env['NEXUS_TEST_ISOLATION'] ?? 'sandbox';
  const stage = await openHost(t, { p: { isolation } });
  for (let round = 0; round < 4; round++) {
    await t.rejects(stage.call('p', 'crash', { words: `words ${round}`, unfinished: round % 2 === 0 }), {
      code: 'PLUGIN_CRASHED',
      data: { lastWords: `words ${round}` },
    });
  }
});

await t.test('a remote server: calls go over HTTP; it has no process', async (t) => {
  for (const era of ['legacy', 'modern'] as const) {
    const remote = await startRemote(t, era);
    const stage = await openHost(t, { r: { source: { url: remote.url, headers: { 'x-api-key': 'k' } } } });
    t.match(stage.status('r'), { state: 'active', pid: null, tier: null, era, source: remote.url });
    t.equal(textOf(await stage.call('r', 'echo', { a: era })), `{"a":"${era}"}`);
    t.ok(remote.requests.every(({ headers }) => headers['x-api-key'] === 'k'));
  }
});

await t.test(
  'calls of a remote server that is stopped end with a reason the record can judge by',
  async (t) => {
    const remote = await startRemote(t, 'legacy');
    const stage = await openHost(t, { r: { source: { url: remote.url } } });
    const held = stage.call('r', 'hold');
    const rejected = t.rejects(held, { code: 'PLUGIN_UNAVAILABLE', message: /was running/ });
    await remote.arrived('hold');
    await stage.host.restart('r');
    await rejected;
  },
);

await t.test('a remote server that cannot be reached is an error with its reason', async (t) => {
  const remote = await startRemote(t, 'legacy');
  await remote.close();
  const stage = await openHost(t, { r: { source: { url: remote.url } } });
  t.match(stage.status('r'), { state: 'error', reason: /^REMOTE_REFUSED.*ECONNREFUSED/ });
  await t.rejects(stage.call('r', 'echo'), { code: 'REMOTE_REFUSED' });
});
