import t from 'tap';
import { NexusError } from '../../runtime/base/errors.ts';
import type { JsonObject } from '../../runtime/contract/plugins.ts';
import type { RunStart } from '../../runtime/contract/runs.ts';
import { operatorScope } from '../../runtime/contract/scope.ts';
import { openApprovals, type AskingStage } from '../fixtures/asking-stage.ts';

const scope = operatorScope('cli');
const elsewhere = operatorScope('api');
const irreversible = {
  tools: {
    echo: { effect: 'irreversible' },
    mirrored: { effect: 'irreversible' },
    structured: { effect: 'idempotent' },
    seen: { effect: 'irreversible', approval: 'never' },
  },
};
const hourMs = 3_600_000;

const stage = await openApprovals(t, irreversible);
let calls = 0;

/** Asks as a turn does. */
function allow(tool: string, args: JsonObject, call = `call-${++calls}`, on: AskingStage = stage) {
  const block = { type: 'tool_call' as const, id: call, name: `p__${tool}`, arguments: args };
  return on.approvals.allow(scope, {
    execution: 'turn',
    thread: 'thread',
    call: block,
    entry: on.entry(tool),
    hasUntrusted: () => Promise.resolve(false),
  });
}

async function ask(tool: string, args: JsonObject): Promise<{ readonly id: string; readonly call: string }> {
  const call = `call-${++calls}`;
  const permission = await allow(tool, args, call);
  if (permission.kind !== 'waiting') throw new Error(`it is ${permission.kind}`);
  return { id: permission.approval, call };
}

const set = (key: string, value: string | string[] | null) => stage.settings.change(scope, [{ key, value }]);
const codeOf = (reason: unknown): unknown => (reason instanceof NexusError ? reason.code : reason);

await t.test('two answers at the same instant: one counts, the other is told so', async (t) => {
  for (let round = 0; round < 20; round++) {
    const { id, call } = await ask('echo', { round });
    const answers = await Promise.allSettled([
      stage.approvals.answer(scope, id, { decision: 'allow' }),
      stage.approvals.answer(elsewhere, id, { decision: 'deny', reason: 'no' }),
    ]);
    const refused = answers.flatMap((one) => (one.status === 'rejected' ? [codeOf(one.reason)] : []));
    t.strictSame(refused, ['APPROVAL_ANSWERED']);
    const { state } = await stage.approvals.get(scope, id);
    const kind = (await allow('echo', { round }, call)).kind;
    t.equal(kind, state === 'ALLOWED' ? 'allowed' : 'denied', 'what is on record is what holds');
  }
});

await t.test('an answer after the time for it is none, also when nothing looked at the clock', async (t) => {
  const { id, call } = await ask('echo', { late: true });
  const heard: string[] = [];
  const stop = stage.approvals.onAnswer(({ state }) => heard.push(state));
  stage.clock.advance(168 * hourMs);
  await t.rejects(stage.approvals.answer(scope, id, { decision: 'allow' }), { code: 'APPROVAL_EXPIRED' });
  stop();
  t.strictSame(heard, ['EXPIRED'], 'the turn that waits is told');
  t.match(await stage.approvals.get(scope, id), {
    state: 'EXPIRED',
    reason: 'nobody answered in time',
    answeredBy: 'nexus (clock)',
  });
  t.match(await allow('echo', { late: true }, call), { kind: 'denied', reason: 'nobody answered in time' });
});

await t.test('edited arguments must fit, and are what is run', async (t) => {
  const { id, call } = await ask('mirrored', { count: 1 });
  for (const args of [{ count: 'many' }, { region: 5 }])
    await t.rejects(stage.approvals.answer(scope, id, { decision: 'allow', args }), {
      code: 'ARGUMENTS_INVALID',
    });
  t.match(await stage.approvals.get(scope, id), { state: 'PENDING', args: { count: 1 } }, 'it still waits');
  await stage.approvals.answer(scope, id, { decision: 'allow', args: { count: 2 } });
  t.match(await allow('mirrored', { count: 1 }, call), { kind: 'allowed', args: { count: 2 } });
});

await t.test('twenty calls at once never take more than a lease has', async (t) => {
  const { id } = await ask('echo', { path: 'docs/0' });
  const lease = { count: 5, hours: 1, arguments: { '/path': { prefix: 'docs' } } };
  await stage.approvals.answer(scope, id, { decision: 'allow', lease });
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, n) => allow('echo', { path: `docs/${n}` })),
  );
  t.equal(outcomes.filter(({ kind }) => kind === 'allowed').length, 5);
  t.equal(outcomes.filter(({ kind }) => kind === 'waiting').length, 15);
  const [granted] = await stage.leases.list(scope, { all: true, limit: 1 });
  t.match(granted, {
    state: 'USED',
    used: 5,
    count: 5,
    approval: id,
    covers: ['/path is "docs" or below it', 'no other arguments'],
  });
  t.equal(
    (await stage.approvals.list(scope, { state: 'ALLOWED', limit: 100 })).filter(
      (one) => one.lease === granted?.id,
    ).length,
    5,
  );
});

await t.test('a lease counts a call once, however often the turn comes back to it', async (t) => {
  const lease = await stage.leases.grant(scope, 'p__echo', {
    count: 3,
    hours: 1,
    arguments: { '/n': { min: 0, max: 9 } },
  });
  for (let again = 0; again < 3; again++)
    t.match(await allow('echo', { n: 4 }, 'resumed'), { kind: 'allowed' });
  t.match(await stage.leases.list(scope, { all: false, limit: 1 }), [
    { id: lease.id, used: 1, state: 'ACTIVE' },
  ]);
  for (const args of [{ n: 10 }, { n: '4' }, { n: 4, more: 1 }, {}])
    t.match(await allow('echo', args), { kind: 'waiting' }, JSON.stringify(args));
  stage.clock.advance(hourMs);
  t.match(await allow('echo', { n: 4 }), { kind: 'waiting' }, 'its time is over');
});

await t.test('a lease that was revoked covers nothing', async (t) => {
  const { id } = await stage.leases.grant(scope, 'p__echo', { count: 3, hours: 1, arguments: {} });
  t.match(await allow('echo', {}), { kind: 'allowed' });
  t.match(await stage.leases.revoke(scope, id), { state: 'REVOKED', used: 1 });
  t.match(await stage.leases.revoke(scope, id), { state: 'REVOKED' }, 'twice is harmless');
  t.match(await allow('echo', {}), { kind: 'waiting' });
  await t.rejects(stage.leases.revoke(scope, 'nothing'), { code: 'LEASE_UNKNOWN' });
});

await t.test(
  'a lease must cover the call it is granted with, and be one that can cover something',
  async (t) => {
    const { id } = await ask('echo', { path: 'docs/a' });
    for (const rules of [{ '/path': { prefix: 'other' } }, { '/path': { prefix: '../x' } }, {}]) {
      const lease = { count: 1, hours: 1, arguments: rules };
      await t.rejects(stage.approvals.answer(scope, id, { decision: 'allow', lease }), {
        code: 'LEASE_INVALID',
      });
    }
    t.match(await stage.approvals.get(scope, id), { state: 'PENDING' });
  },
);

await t.test(
  'what a tool was allowed for is that tool: another definition, effect or source is another one',
  async (t) => {
    const asked = await ask('echo', { before: 1 });
    const answered = await ask('echo', { before: 2 });
    await stage.approvals.answer(scope, answered.id, { decision: 'allow' });
    await stage.leases.grant(scope, 'p__echo', { count: 3, hours: 1, arguments: { '/x': { any: true } } });
    t.match(await allow('echo', { x: 1 }), { kind: 'allowed' });
    const { source } = stage.entry('echo').manifest;
    if (!('command' in source)) throw new TypeError('its source is a command');
    stage.put('p', { ...irreversible, source: { ...source, args: [...source.args, 'other'] } });
    await stage.until(() => JSON.stringify(stage.entry('echo').manifest.source).includes('other'));
    t.match(await allow('echo', { x: 1 }), { kind: 'waiting' }, 'the lease was for another tool');
    t.match(await allow('echo', { before: 2 }, answered.call), {
      kind: 'denied',
      reason: /not the one that was asked about/,
    });
    await t.rejects(stage.approvals.answer(scope, asked.id, { decision: 'allow' }), {
      code: 'APPROVAL_STALE',
    });
    t.match(await stage.approvals.get(scope, asked.id), { state: 'EXPIRED' });
  },
);

await t.test('who answers is asked by the policy in the settings', async (t) => {
  t.match(await allow('structured', {}), { kind: 'allowed' });
  t.match(await allow('seen', {}), { kind: 'allowed' }, 'the manifest says that nobody need be asked');
  t.match(await allow('say', {}), { kind: 'waiting' }, 'what it does is not declared');
  await set('approvals.askFrom', 'idempotent');
  t.match(await allow('structured', {}), { kind: 'waiting' });
  await set('approvals.askFrom', null);
  await set('approvals.always', ['p__se*']);
  t.match(await allow('seen', {}), { kind: 'waiting' });
  t.match(await allow('structured', {}), { kind: 'allowed' });
});

await t.test('a preview says of each of the last runs whether it would have passed', async (t) => {
  for (const [id, args] of [
    ['00000000-0001-7000-8000-000000000001', { path: 'docs/a' }],
    ['00000000-0002-7000-8000-000000000002', { path: '/etc' }],
    ['00000000-0003-7000-8000-000000000003', { path: 'docs/b', password: 'hunter2hunter2' }],
  ] as const) {
    const run: RunStart = {
      id,
      plugin: 'p',
      tool: 'echo',
      effect: 'read',
      args,
      source: 'test',
      client: null,
    };
    await stage.store.ledger.begin(scope, run);
    await stage.store.ledger.finish(scope, id, { state: 'SUCCEEDED', error: null, result: {} });
  }
  const { covered, runs } = await stage.leases.preview(scope, 'p__echo', { '/path': { prefix: 'docs' } });
  t.equal(covered, 1);
  t.strictSame(
    runs.map(({ verdict }) => verdict),
    ['unknown', 'outside', 'covered'],
  );
  await t.rejects(stage.leases.preview(scope, 'p__gone', {}), { code: 'TOOL_UNKNOWN' });
});
