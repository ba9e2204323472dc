import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { operatorScope } from '../../../runtime/contract/scope.ts';
import { openHealth } from '../../fixtures/health-stage.ts';
import { stillClock } from '../../fixtures/still-clock.ts';
import { textOf } from '../../fixtures/host-stage.ts';

/** Periodic checks are made by the tests themselves. */
const byHand = { intervalMs: 0, timeoutMs: 300 };
const reads = { echo: { effect: 'read' } };

await t.test('what calls came to: errors of the plugin apart from those of its callers', async (t) => {
  for (const ERA of ['legacy', 'modern']) {
    const stage = await openHealth(t, { p: { env: { ERA } } });
    t.match(await stage.summary('p'), {
      calls: { total: 0, errors: 0, errorRate: null, p50Ms: null },
      lastError: null,
    });
    for (let time = 0; time < 5; time++) await stage.call('p', 'echo');
    await stage.call('p', 'fail', { words: 'no cheese, token=ghp_abcdefghijklmnopqrstuvwxyz0123456789' });
    await t.rejects(stage.call('p', 'refuse', { code: -32_603, message: 'broken' }));
    await t.rejects(stage.call('p', 'refuse', { code: -32_602, message: 'bad arguments' }));
    await t.rejects(stage.call('p', 'none'), { code: -32_602 });
    await t.rejects(stage.call('p', 'hold', { until: 'never' }, { timeoutMs: 50 }), {
      code: 'RUN_TIMED_OUT',
    });
    const canceled = AbortSignal.abort(new Error('enough'));
    await t.rejects(stage.call('p', 'echo', {}, { signal: canceled }), { message: 'enough' });
    const health = await stage.health('p');
    t.match(health, {
      calls: { total: 11, errors: 3, callerErrors: 3, errorRate: 3 / 8 },
      inFlight: 0,
      state: 'active',
    });
    const { p50Ms, p95Ms } = health.calls;
    t.ok(p50Ms !== null && p95Ms !== null && p50Ms <= p95Ms, 'times');
    t.ok(p50Ms !== null && p50Ms > 0 && p50Ms < 1_000, String(p50Ms));
    t.match(
      health.errors.map(({ tool, error }) => `${tool}: ${error}`),
      [/^fail: no cheese/, 'refuse: broken', /^hold: RUN_TIMED_OUT/],
    );
    t.notMatch(JSON.stringify(health.errors), /ghp_/, 'redacted');
    t.match((await stage.summary('p')).lastError, { tool: 'hold' });
  }
});

await t.test('the last twenty errors, the last 200 lines', async (t) => {
  const stage = await openHealth(t, { p: {} });
  for (let time = 0; time < 45; time++) await stage.call('p', 'fail', { words: `error ${time}` });
  await t.rejects(stage.call('p', 'crash', { words: 'l\n'.repeat(300) }));
  const { errors, stderr } = await stage.health('p');
  t.equal(errors.length, 20);
  t.match(errors[18], { tool: 'fail', error: 'error 44' });
  t.match(errors[19], { tool: 'crash', error: /^PLUGIN_CRASHED/ });
  t.equal(stderr.length, 200);
});

await t.test('uptime, restarts and what the process uses; nothing of it while it does not run', async (t) => {
  const clock = stillClock();
  const stage = await openHealth(t, { p: {} }, { clock });
  clock.advance(5_000);
  const running = await stage.health('p');
  t.match(running, { uptimeMs: 5_000, restarts: 0, usage: { processes: 1 } });
  t.ok((running.usage?.memoryBytes ?? 0) > 4_000_000 && (running.usage?.cpuMs ?? 0) > 0, 'figures');
  t.ok((running.usage?.cpuPercent ?? -1) > 0, 'since its start');
  t.equal((await stage.summary('p')).usage, running.usage, 'no second look within a second');
  clock.advance(1_000);
  t.not((await stage.summary('p')).usage, running.usage);
  process.kill(Number(stage.starts('p').at(-1)), 'SIGKILL');
  await stage.until(() => stage.status('p').state === 'error');
  t.match(await stage.health('p'), { uptimeMs: null, usage: null, errors: [{ tool: '(process)' }] });
  await stage.call('p', 'echo');
  t.match(await stage.health('p'), { uptimeMs: 0, restarts: 1, usage: { processes: 1 } });
});

await t.test('the protocol is asked in both eras, and that is no call', async (t) => {
  for (const [ERA, asked] of [
    ['legacy', 'ping'],
    ['modern', 'server/discover'],
  ] as const) {
    const stage = await openHealth(t, { p: { env: { ERA }, health: byHand } });
    t.match(await stage.monitor.check('p'), { isOk: true, asked, words: '' });
    const journal = await stage.call('p', 'journal');
    t.match(JSON.stringify(journal), new RegExp(`"method":"${asked}"`));
    t.match(await stage.summary('p'), {
      calls: { total: 1 },
      lastCheck: { isOk: true, asked },
      failedChecks: 0,
    });
  }
});

await t.test('a check on demand starts a plugin; a periodic one never does', async (t) => {
  const stage = await openHealth(t, { p: { health: byHand } });
  await stage.host.restart('p');
  t.equal(stage.status('p').startedAt, null, 'it does not run');
  await stage.monitor.tick('p');
  t.equal(stage.status('p').startedAt, null);
  t.equal((await stage.summary('p')).lastCheck, null);
  t.match(await stage.monitor.check('p'), { isOk: true });
  t.not(stage.status('p').startedAt, null);
});

await t.test('a check that cannot be: disabled, or one that does not start', async (t) => {
  const stage = await openHealth(t, { p: { health: byHand }, q: { enabled: false } });
  await t.rejects(stage.monitor.check('q'), { code: 'PLUGIN_UNAVAILABLE', data: { state: 'disabled' } });
  await stage.host.restart('p');
  writeFileSync(join(stage.workspace, 'p.start'), 'crash');
  t.match(await stage.monitor.check('p'), { isOk: false, words: /^PLUGIN_CRASHED.*told to crash/ });
});

await t.test('a tool that reads is called through the one path, on record, with its arguments', async (t) => {
  const health = { ...byHand, tool: 'echo', arguments: { a: 1 } };
  const stage = await openHealth(t, { p: { health, tools: reads } });
  t.match(await stage.monitor.check('p'), { isOk: true, asked: 'echo' });
  t.match(await stage.summary('p'), { calls: { total: 0, errorRate: null } });
  t.equal(stage.status('p').calls, 0);
  const runs = await stage.store.ledger.list(operatorScope('test'), { limit: 10 });
  t.match(runs, [{ tool: 'echo', source: 'health', actor: 'health', state: 'SUCCEEDED', args: '{"a":1}' }]);
});

await t.test('a tool that answers an error, or not in time, fails the check', async (t) => {
  const tools = { fail: { effect: 'read' }, hold: { effect: 'read' } };
  const stage = await openHealth(t, {
    p: { tools, health: { ...byHand, tool: 'fail', arguments: { words: 'no database' } } },
    q: { tools, health: { ...byHand, tool: 'hold', arguments: { until: 'never' } } },
  });
  t.match(await stage.monitor.check('p'), { isOk: false, asked: 'fail', words: /no database/ });
  t.match(await stage.monitor.check('q'), { isOk: false, asked: 'hold', words: /^CHECK_TIMED_OUT/ });
  t.match(await stage.summary('q'), { failedChecks: 1, lastCheck: { isOk: false } });
});

await t.test('a tool that may do something, or does not exist, is not called', async (t) => {
  const stage = await openHealth(t, {
    writes: { health: { ...byHand, tool: 'add' } },
    absent: { health: { ...byHand, tool: 'nothing' } },
    asks: { health: { ...byHand, tool: 'echo' }, tools: { echo: { effect: 'read', approval: 'always' } } },
  });
  const asked = 'ping';
  t.match(await stage.monitor.check('writes'), { isOk: true, asked, words: /effect "irreversible"/ });
  t.match(await stage.monitor.check('absent'), { isOk: true, asked, words: /offers no tool "nothing"/ });
  t.match(await stage.monitor.check('asks'), { isOk: true, asked, words: /needs an approval/ });
  t.same(await stage.store.ledger.list(operatorScope('test'), { limit: 10 }), []);
});

await t.test('a plugin with as many calls as it may have is asked by the protocol', async (t) => {
  const stage = await openHealth(t, {
    p: { limits: { concurrency: 1 }, health: { ...byHand, tool: 'echo' }, tools: reads },
  });
  const held = stage.call('p', 'hold', { until: 'go' });
  await stage.until(() => stage.status('p').inFlight === 1);
  t.match(await stage.monitor.check('p'), { isOk: true, asked: 'ping', words: /as many calls as it may/ });
  stage.release('go');
  await held;
  t.match(await stage.monitor.check('p'), { isOk: true, asked: 'echo', words: '' });
});

await t.test('three failed checks in a row restart it, with the reason', async (t) => {
  const clock = stillClock();
  const stage = await openHealth(t, { p: { health: byHand } }, { clock });
  await stage.call('p', 'stall');
  const [pid] = stage.starts('p').slice(-1);
  for (let time = 1; time <= 2; time++) {
    await stage.monitor.tick('p');
    t.match(await stage.summary('p'), { failedChecks: time, lastCheck: { isOk: false } });
  }
  t.equal(stage.starts('p').at(-1), pid, 'not yet');
  await stage.monitor.tick('p');
  await stage.until(() => stage.status('p').state === 'active' && stage.status('p').startedAt !== null);
  t.not(stage.starts('p').at(-1), pid, 'another process');
  const health = await stage.health('p');
  t.match(health, { restarts: 1, failedChecks: 0, breaker: { state: 'closed' } });
  t.match(health.errors.at(-1), {
    tool: '(process)',
    error: /3 health checks in a row failed, last: CHECK_TIMED_OUT/,
  });
  t.ok(
    health.stderr.some((line) => line.startsWith('[nexus] ')),
    'its log says so too',
  );
  t.equal(textOf(await stage.call('p', 'echo')), '{}');
  t.same(stage.problems, []);
});

await t.test('failed checks of one process say nothing of the next', async (t) => {
  const clock = stillClock();
  const stage = await openHealth(t, { p: { health: byHand } }, { clock });
  for (let round = 0; round < 2; round++) {
    await stage.call('p', 'stall');
    for (let time = 0; time < 2; time++) await stage.monitor.tick('p');
    t.match(await stage.summary('p'), { failedChecks: 2 });
    clock.advance(1_000);
    await stage.host.restart('p');
    clock.advance(1_000);
    await stage.call('p', 'echo');
  }
  await stage.call('p', 'stall');
  await stage.monitor.tick('p');
  t.match(await stage.summary('p'), { failedChecks: 1 });
  t.equal(stage.status('p').restarts, 2, 'those asked for');
});

await t.test('calls in flight have their whole time first, then they are told why', async (t) => {
  const clock = stillClock();
  const stage = await openHealth(t, { p: { limits: { timeoutMs: 20_000 }, health: byHand } }, { clock });
  const held = stage.call('p', 'hold', { until: 'never' });
  await stage.call('p', 'stall');
  const [pid] = stage.starts('p').slice(-1);
  for (let time = 0; time < 4; time++) await stage.monitor.tick('p');
  t.equal(stage.starts('p').at(-1), pid, 'a call is in flight');
  clock.advance(20_000);
  const told = t.rejects(held, {
    code: 'PLUGIN_UNAVAILABLE',
    message: /is not well: 5 health checks in a row failed.*it was stopped, the calls in flight with it/,
  });
  await stage.monitor.tick('p');
  await told;
  await stage.until(() => stage.status('p').startedAt !== null);
  t.not(stage.starts('p').at(-1), pid);
});

await t.test('a restart that does not help is not repeated as soon', async (t) => {
  const clock = stillClock();
  const tools = { fail: { effect: 'read' } };
  const health = { ...byHand, tool: 'fail', arguments: { words: 'no upstream' } };
  const stage = await openHealth(t, { p: { tools, health } }, { clock });
  const ticksToRestart = async (): Promise<number> => {
    const before = stage.starts('p').length;
    for (let ticks = 1; ; ticks++) {
      clock.advance(60_000);
      await stage.monitor.tick('p');
      if ((await stage.summary('p')).failedChecks > 0) continue;
      await stage.until(() => stage.starts('p').length > before && stage.status('p').startedAt !== null);
      return ticks;
    }
  };
  t.equal(await ticksToRestart(), 3);
  t.equal(await ticksToRestart(), 6);
  t.equal(await ticksToRestart(), 12);
});

await t.test('the timer runs while the plugin does, and follows the manifest', async (t) => {
  const stage = await openHealth(t, { p: { health: { intervalMs: 100 } } });
  await stage.call('p', 'echo');
  while ((await stage.summary('p')).lastCheck === null)
    await new Promise((resolve) => setTimeout(resolve, 20));
  stage.put('p', { health: { intervalMs: 0 } });
  await stage.host.listed(5_000);
  const pings = async (): Promise<number> =>
    (JSON.stringify(await stage.call('p', 'journal')).match(/"method":"ping"/g) ?? []).length;
  const before = await pings();
  t.ok(before >= 1, `${before} pings`);
  await stage.call('p', 'hold', { until: 'never' }, { timeoutMs: 350 }).catch(() => {});
  t.equal(await pings(), before, 'no more checks, in the same process');
  t.equal(stage.status('p').restarts, 0);
});

await t.test('checks keep no plugin from being stopped when it is idle', async (t) => {
  const stage = await openHealth(t, {
    p: { idleStopMs: 700, health: { intervalMs: 100, tool: 'echo' }, tools: reads },
    q: { idleStopMs: 700, health: { intervalMs: 100 } },
  });
  await Promise.all([stage.call('p', 'echo'), stage.call('q', 'echo')]);
  await stage.until(() => stage.status('p').state === 'stopped' && stage.status('q').state === 'stopped');
  t.equal((await stage.summary('p')).lastCheck?.isOk, true, 'it was checked meanwhile');
  t.equal((await stage.summary('q')).lastCheck?.isOk, true);
});
