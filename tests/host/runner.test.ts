import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { journalOf } from '../fixtures/journal.ts';
import { openHost, textOf } from '../fixtures/host-stage.ts';
import { PlayedClient } from '../fixtures/played-client.ts';
import { turn } from '../fixtures/plugin-side.ts';

await t.test(
  'the first listing starts a plugin, the next kernel lists it without starting anything',
  async (t) => {
    for (const ERA of ['legacy', 'modern']) {
      await t.test(ERA, async (t) => {
        const first = await openHost(t, { p: { env: { ERA } } });
        t.equal(first.starts('p').length, 1);
        const listed = first.host.view('p')?.listing;
        t.match(listed, { era: ERA, serverInfo: { name: 'p', 'x-unknown': { kept: true } } });
        t.ok((listed?.tools.length ?? 0) > 10);
        await first.close();

        const second = await openHost(t, { p: { env: { ERA } } }, { root: first.root });
        t.same(second.host.view('p')?.listing, listed);
        t.match(second.status('p'), { state: 'configured', pid: null, tier: null, era: ERA, calls: 0 });
        t.equal(second.starts('p').length, 1, 'no process was started');
        second.events.length = 0;
        t.equal(textOf(await second.call('p', 'echo', { a: 1 })), '{"a":1}');
        t.match(second.status('p'), { state: 'active', tier: 'process', calls: 1, restarts: 0, inFlight: 0 });
        t.equal(second.starts('p').length, 2);
        t.equal(
          second.events.filter(({ kind }) => kind === 'listing').length,
          0,
          'the start told nothing new, so nobody hears of a change',
        );
      });
    }
  },
);

await t.test('other code, other manifest: the cached listing is not believed', async (t) => {
  const first = await openHost(t, { p: {} });
  await first.close();
  const second = await openHost(t, { p: { env: { OTHER: '1' } } }, { root: first.root });
  t.equal(second.starts('p').length, 2);
});

await t.test('an eager plugin is started although its listing is known, and never idles', async (t) => {
  const first = await openHost(t, { p: { start: 'eager', idleStopMs: 1 } });
  await first.close();
  const second = await openHost(t, { p: { start: 'eager', idleStopMs: 1 } }, { root: first.root });
  t.equal(second.status('p').state, 'active');
  await second.call('p', 'echo');
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.match(second.status('p'), { state: 'active', restarts: 0 });
});

await t.test('an idle plugin is stopped and started again by the next call', async (t) => {
  const stage = await openHost(t, { p: { idleStopMs: 30 } });
  await stage.until(() => stage.status('p').state === 'stopped');
  t.match(stage.status('p'), { pid: null, startedAt: null, reason: '' });
  t.ok((stage.host.view('p')?.listing?.tools.length ?? 0) > 10, 'it is listed as before');
  t.equal(textOf(await stage.call('p', 'echo')), '{}');
  t.equal(stage.status('p').restarts, 1);
  await stage.until(() => stage.status('p').state === 'stopped');
});

await t.test('a call in flight keeps a plugin from idling', async (t) => {
  const stage = await openHost(t, { p: { idleStopMs: 20 } });
  const held = stage.call('p', 'hold', { until: 'go' });
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.match(stage.status('p'), { state: 'active', inFlight: 1 });
  stage.release('go');
  t.equal(textOf(await held), 'go');
  await stage.until(() => stage.status('p').state === 'stopped');
});

await t.test('calls that race the idle stop are all answered', async (t) => {
  const stage = await openHost(t, { p: { idleStopMs: 2 } });
  for (let round = 0; round < 25; round++) {
    t.equal(textOf(await stage.call('p', 'echo', { round })), `{"round":${round}}`);
    await new Promise((resolve) => setTimeout(resolve, round % 5));
  }
  t.ok(stage.status('p').restarts > 0, 'it did stop in between');
});

await t.test('no more calls than concurrency are in flight; the others follow in order', async (t) => {
  const stage = await openHost(t, { p: { limits: { concurrency: 2 } } });
  const left: number[] = [];
  const calls = Array.from({ length: 8 }, (_, n) =>
    stage.call('p', 'hold', { until: `go-${n}` }, { onLeave: () => void left.push(n) }),
  );
  await turn();
  t.same(left, [0, 1]);
  t.equal(stage.status('p').inFlight, 2);
  for (let n = 0; n < 8; n++) stage.release(`go-${n}`);
  await Promise.all(calls);
  t.same(left, [0, 1, 2, 3, 4, 5, 6, 7]);
  t.equal(stage.status('p').inFlight, 0);
});

await t.test('a call that is given up while it waits is never sent and takes no place', async (t) => {
  const stage = await openHost(t, { p: { limits: { concurrency: 1 } } });
  const held = stage.call('p', 'hold', { until: 'go' });
  const stop = new AbortController();
  const waiting = stage.call('p', 'echo', { given: 'up' }, { signal: stop.signal });
  const last = stage.call('p', 'echo', { last: true });
  const rejected = t.rejects(waiting, { message: 'changed my mind' });
  stop.abort(new Error('changed my mind'));
  await rejected;
  stage.release('go');
  await held;
  t.equal(textOf(await last), '{"last":true}');
  const journal = JSON.stringify(await journalOf(stage, 'p'));
  t.notMatch(journal, 'given');
});

await t.test('more than 4,096 waiting calls are refused with the way out', async (t) => {
  const stage = await openHost(t, { p: { limits: { concurrency: 1 } } });
  const held = stage.call('p', 'hold', { until: 'go' });
  const stop = new AbortController();
  const waiting = Array.from({ length: 4_096 }, () => stage.call('p', 'echo', {}, { signal: stop.signal }));
  await t.rejects(stage.call('p', 'echo'), {
    code: 'PLUGIN_BUSY',
    data: { plugin: 'p', limit: 1, queued: 4_096 },
  });
  stop.abort(new Error('enough'));
  t.ok((await Promise.allSettled(waiting)).every(({ status }) => status === 'rejected'));
  stage.release('go');
  await held;
  t.equal(textOf(await stage.call('p', 'echo')), '{}');
});

await t.test(
  'onLeave comes once, when the call may go; when it fails the plugin never hears of the call',
  async (t) => {
    const stage = await openHost(t, { p: { limits: { concurrency: 1 } } });
    let left = 0;
    await stage.call('p', 'echo', {}, { onLeave: () => void left++ });
    t.equal(left, 1);
    const failing = stage.call(
      'p',
      'echo',
      { never: 'sent' },
      { onLeave: () => Promise.reject(new Error('no ink')) },
    );
    await t.rejects(failing, { message: 'no ink' });
    t.equal(stage.status('p').inFlight, 0, 'the place is free again');
    t.notMatch(JSON.stringify(await journalOf(stage, 'p')), 'never');
  },
);

await t.test('a list change that is told ten times is asked for once and announced once', async (t) => {
  for (const ERA of ['legacy', 'modern']) {
    const stage = await openHost(t, { p: { env: { ERA } } });
    const names = (): unknown[] => stage.host.view('p')?.listing?.tools.map(({ name }) => name) ?? [];
    const asked = async (): Promise<number> =>
      (await journalOf(stage, 'p')).filter(
        ({ method, params }) => method === 'tools/list' && !JSON.stringify(params ?? {}).includes('cursor'),
      ).length;
    const before = await asked();
    stage.events.length = 0;
    await stage.call('p', 'add', { name: 'late', times: 10 });
    await stage.until(() => names().includes('late'));
    // Ten lines can come in more than one chunk, but never in ten.
    const times = (await asked()) - before;
    t.ok(times >= 1 && times <= 4, `${ERA}: asked ${times} times`);
    t.equal(stage.events.filter(({ kind }) => kind === 'listing').length, 1);
  }
});

await t.test('a list change during the start is not lost', async (t) => {
  const stage = await openHost(t, { p: { env: { CHANGES_WHILE_LISTED: '1' } } });
  await stage.until(() => JSON.stringify(stage.host.view('p')?.listing?.tools).includes('"late"'));
  t.pass();
});

await t.test('a plugin that cannot be prepared at first can be at the next call', async (t) => {
  let failures = 1;
  const stage = await openHost(
    t,
    { p: {} },
    {
      prepare: (real) => (manifest, signal, onProgress) => {
        onProgress('downloading');
        return failures-- > 0 ? Promise.reject(new Error('no network')) : real(manifest, signal, onProgress);
      },
    },
  );
  t.match(stage.status('p'), { state: 'error', reason: 'no network', nextStep: /nexus plugin logs p/ });
  t.same(stage.host.stderr('p'), ['downloading']);
  t.equal(textOf(await stage.call('p', 'echo')), '{}');
  t.match(stage.status('p'), { state: 'active', reason: '' });
});

await t.test('giving up the wait for a start does not end the start', async (t) => {
  const stage = await openHost(t, { p: {} });
  await stage.host.restart('p');
  const stop = new AbortController();
  const call = stage.call('p', 'echo', { early: true }, { signal: stop.signal });
  const rejected = t.rejects(call, { message: 'left' });
  stop.abort(new Error('left'));
  await rejected;
  await stage.until(() => stage.status('p').state === 'active');
  t.notMatch(JSON.stringify(await journalOf(stage, 'p')), 'early');
});

await t.test('a start that hangs ends with its removal', async (t) => {
  const stage = await openHost(t, {});
  writeFileSync(join(stage.workspace, 'p.start'), 'hang');
  stage.put('p', {});
  await stage.until(() => stage.status('p').state === 'starting');
  const call = stage.call('p', 'echo');
  const rejected = t.rejects(call, { code: 'PLUGIN_UNAVAILABLE', message: /removed or replaced/ });
  stage.host.follow([{ kind: 'removed', name: 'p' }]);
  await turn();
  await stage.close();
  await rejected;
});

await t.test('questions go to the client of the call, through the host', async (t) => {
  const stage = await openHost(t, { p: {} });
  const client = new PlayedClient('a');
  const requests = [{ method: 'elicitation/create', params: { message: 'Name?' } }];
  const call = stage.call('p', 'ask', { requests }, { channel: client.channel, timeoutMs: 5_000 });
  (await client.question()).answer({ request: { action: 'accept', content: { name: 'Ada' } } });
  t.same(JSON.parse(textOf(await call)), [{ action: 'accept', content: { name: 'Ada' } }]);
});
