import type { Test } from 'tap';
import { createIds } from '../../runtime/base/ids.ts';
import type { FinalRunState, RunLedger, RunRecord, RunStart, RunState } from '../../runtime/contract/runs.ts';
import { operatorScope, type Scope } from '../../runtime/contract/scope.ts';

export const scope: Scope = operatorScope('token:test');

const newId = createIds({ now: () => Date.now() });

/** A run with ordinary values. */
export function someRun(run: Partial<RunStart> = {}): RunStart {
  return {
    id: newId(),
    plugin: 'github',
    tool: 'create_issue',
    effect: 'irreversible',
    args: { title: 'Hello', labels: ['a', 'b'] },
    source: 'http',
    client: 'claude-ai',
    ...run,
  };
}

/** What a ledger of any dialect must do. `open` gives an empty ledger that ends with the test. */
export async function runLedgerSuite(t: Test, open: (test: Test) => Promise<RunLedger>): Promise<void> {
  await t.test('a run is queued, started and finished', async (test) => {
    const ledger = await open(test);
    const run = someRun();
    await ledger.queue(scope, run);
    const queued = await mustGet(ledger, run.id);
    test.match(queued, {
      id: run.id,
      plugin: 'github',
      tool: 'create_issue',
      effect: 'irreversible',
      state: 'QUEUED',
      source: 'http',
      client: 'claude-ai',
      user: 'operator',
      actor: 'token:test',
      startedAt: null,
      endedAt: null,
      error: null,
      result: null,
    });
    test.equal(queued.args, '{"title":"Hello","labels":["a","b"]}');

    await ledger.start(scope, run.id);
    const running = await mustGet(ledger, run.id);
    test.equal(running.state, 'RUNNING');
    test.ok(running.startedAt !== null && running.startedAt >= running.queuedAt);

    await ledger.finish(scope, run.id, { state: 'SUCCEEDED', error: null, result: { content: [] } });
    const done = await mustGet(ledger, run.id);
    test.match(done, { state: 'SUCCEEDED', error: null, result: '{"content":[]}' });
    test.ok(done.endedAt !== null && done.endedAt >= done.queuedAt);
  });

  await t.test('begin records queued and running at once', async (test) => {
    const ledger = await open(test);
    const run = someRun({ client: null, args: undefined });
    await ledger.begin(scope, run);
    const begun = await mustGet(ledger, run.id);
    test.match(begun, { state: 'RUNNING', client: null, args: null });
    test.equal(begun.startedAt, begun.queuedAt);
  });

  await t.test('only the transitions of the contract happen', (test) => testTransitions(test, open));
  await t.test('one write that fails takes no other with it', async (test) => {
    const ledger = await open(test);
    const runs = Array.from({ length: 10 }, () => someRun());
    const [first] = runs;
    if (first === undefined) throw new Error('no run');
    await ledger.begin(scope, first);
    const settled = await Promise.allSettled(runs.map((run) => ledger.begin(scope, run)));
    test.same(
      settled.map(({ status }) => status),
      ['rejected', ...Array.from({ length: 9 }, () => 'fulfilled')],
    );
    test.equal((await ledger.list(scope, { limit: 100 })).length, 10);
  });
  await t.test('lists', (test) => testLists(test, open));
  await t.test('what is stored is bounded and without secrets', (test) => testStored(test, open));
  await t.test('a scope sees and changes its own tenant and group only', (test) => testScopes(test, open));
}

function refused(id: string, state: RunState | 'not recorded', wanted: RunState) {
  return { code: 'RUN_STATE', data: { id, state, wanted } };
}

async function testTransitions(test: Test, open: (test: Test) => Promise<RunLedger>): Promise<void> {
  const ledger = await open(test);
  const finals: readonly FinalRunState[] = ['SUCCEEDED', 'FAILED', 'DENIED', 'CANCELED', 'UNKNOWN'];
  const finish = (id: string, state: FinalRunState): Promise<void> =>
    ledger.finish(scope, id, { state, error: state === 'SUCCEEDED' ? null : 'why', result: null });
  for (const final of finals) {
    const [queued, running] = [someRun(), someRun()];
    await Promise.all([ledger.queue(scope, queued), ledger.begin(scope, running)]);
    await test.rejects(ledger.start(scope, running.id), refused(running.id, 'RUNNING', 'RUNNING'));
    for (const { id } of [queued, running]) {
      await finish(id, final);
      const done = await mustGet(ledger, id);
      await test.rejects(ledger.start(scope, id), refused(id, final, 'RUNNING'));
      for (const other of finals) await test.rejects(finish(id, other), refused(id, final, other));
      test.same(await mustGet(ledger, id), done, `${final} stays as it is`);
    }
  }
  const { id } = someRun();
  await test.rejects(ledger.start(scope, id), refused(id, 'not recorded', 'RUNNING'));
  await test.rejects(finish(id, 'FAILED'), refused(id, 'not recorded', 'FAILED'));
  test.equal(await ledger.get(scope, id), null);
}

async function testLists(test: Test, open: (test: Test) => Promise<RunLedger>): Promise<void> {
  const ledger = await open(test);
  test.same(await ledger.list(scope, { limit: 1 }), []);
  const runs = Array.from({ length: 60 }, (_, index) =>
    someRun({ plugin: `p${index % 2}`, tool: `t${index % 3}`, client: String(index) }),
  );
  for (const run of runs) await ledger.begin(scope, run);
  for (const [index, run] of runs.entries()) {
    const state = index % 5 === 0 ? 'FAILED' : 'SUCCEEDED';
    if (index < 50) await ledger.finish(scope, run.id, { state, error: null, result: null });
  }
  const numbers = async (query: Parameters<RunLedger['list']>[1]): Promise<number[]> =>
    (await ledger.list(scope, query)).map(({ client }) => Number(client));
  const all = Array.from({ length: 60 }, (_, index) => 59 - index);

  test.same(await numbers({ limit: 1_000 }), all, 'newest first');
  test.same(await numbers({ limit: 7 }), all.slice(0, 7));
  test.same(await numbers({ limit: 9, plugin: 'p1' }), all.filter((n) => n % 2 === 1).slice(0, 9));
  test.same(await numbers({ limit: 9, tool: 't2' }), all.filter((n) => n % 3 === 2).slice(0, 9));
  test.same(
    await numbers({ limit: 9, plugin: 'p0', tool: 't1' }),
    all.filter((n) => n % 6 === 4).slice(0, 9),
  );
  test.same(await numbers({ limit: 99, state: 'RUNNING' }), all.slice(0, 10));
  test.same(await numbers({ limit: 4, state: 'FAILED' }), [45, 40, 35, 30]);
  test.same(await numbers({ limit: 4, state: 'FAILED', plugin: 'p1' }), [45, 35, 25, 15]);
  test.same(await numbers({ limit: 4, state: 'SUCCEEDED' }), [49, 48, 47, 46]);
  test.same(await numbers({ limit: 4, state: 'SUCCEEDED', tool: 't0', plugin: 'p0' }), [48, 42, 36, 24]);
  test.same(await numbers({ limit: 4, plugin: 'absent' }), []);

  const paged: number[] = [];
  for (let before: string | undefined; ;) {
    const page = await ledger.list(scope, {
      limit: 7,
      plugin: 'p0',
      ...(before === undefined ? {} : { before }),
    });
    paged.push(...page.map(({ client }) => Number(client)));
    before = page.at(-1)?.id;
    if (before === undefined) break;
  }
  test.same(
    paged,
    all.filter((n) => n % 2 === 0),
    'pages',
  );
  test.same(await numbers({ limit: 5, before: '00000000-0000-7000-8000-000000000000' }), []);
  test.same(await numbers({ limit: 2, before: 'ffffffff-ffff-7fff-bfff-ffffffffffff' }), [59, 58]);
  for (const limit of [0, 1_001, 1.5, Number.NaN]) {
    await test.rejects(ledger.list(scope, { limit }), { code: 'USAGE' });
  }
}

async function testStored(test: Test, open: (test: Test) => Promise<RunLedger>): Promise<void> {
  const ledger = await open(test);
  const args = { token: 'abc', url: 'https://me:secret1@host/', path: '/a' };
  const run = someRun({ args, client: 'c'.repeat(5_000) });
  await ledger.begin(scope, run);
  args.path = '/changed afterwards';
  const text = 'é"\\\u0000'.repeat(1_000_000);
  const error = `failed: password=hunter2 ${'x'.repeat(100_000)}`;
  await ledger.finish(scope, run.id, {
    state: 'FAILED',
    error,
    result: { content: [{ type: 'text', text }] },
  });

  const stored = await mustGet(ledger, run.id);
  test.equal(stored.args, '{"token":"[redacted]","url":"https://me:[redacted]@host/","path":"/a"}');
  test.ok(Buffer.byteLength(stored.result ?? '') <= 65_536);
  const marker: unknown = JSON.parse(stored.result ?? '');
  test.match(marker, { truncated: true, head: /^\{"content":\[\{"type":"text","text":"é/ });
  test.ok(JSON.stringify(marker).includes(`"bytes":40000`), 'the size it had');
  test.match(stored.error, /^failed: password=\[redacted\] x+$/);
  test.ok((stored.error?.length ?? 0) < 10_000);
  test.equal(stored.client?.length, 256);
}

async function testScopes(test: Test, open: (test: Test) => Promise<RunLedger>): Promise<void> {
  const ledger = await open(test);
  const [red, blue] = [
    { ...scope, group: 'red' },
    { ...scope, group: 'blue' },
  ];
  const other = { ...scope, tenant: 'other' };
  const run = someRun();
  await ledger.begin(red, run);

  test.equal(await ledger.get(blue, run.id), null);
  test.same(await ledger.list(blue, { limit: 9 }), []);
  await test.rejects(ledger.finish(blue, run.id, { state: 'FAILED', error: 'x', result: null }), {
    code: 'RUN_STATE',
  });
  test.equal((await ledger.list(red, { limit: 9 })).length, 1);
  test.equal((await ledger.list(scope, { limit: 9 })).length, 1, 'a scope without group sees every group');

  await test.rejects(ledger.begin(other, someRun()), { code: 'TENANT_UNKNOWN' });
  await test.rejects(ledger.finish(other, run.id, { state: 'FAILED', error: 'x', result: null }), {
    code: 'TENANT_UNKNOWN',
  });
  await test.rejects(ledger.get(other, run.id), { code: 'TENANT_UNKNOWN' });
  await test.rejects(ledger.list(other, { limit: 9 }), { code: 'TENANT_UNKNOWN' });
  await ledger.finish(red, run.id, { state: 'SUCCEEDED', error: null, result: null });
}

async function mustGet(ledger: RunLedger, id: string): Promise<RunRecord> {
  const record = await ledger.get(scope, id);
  if (record === null) throw new Error(`run ${id} is not recorded`);
  return record;
}
