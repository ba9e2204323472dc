import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { restartPolicy } from '../../runtime/host/restart.ts';
import { openHealth } from '../fixtures/health-stage.ts';
import { textOf } from '../fixtures/host-stage.ts';

/** The breaker stays open for 0.2, 0.4, 0.8, 0.8, … seconds. */
const restarts = { ...restartPolicy, firstDelayMs: 1, firstBreakMs: 200, longestBreakMs: 800 };
const health = { intervalMs: 0 };

await t.test('what must run is tried again by itself, ever more rarely, until it is well', async (t) => {
  const stage = await openHealth(t, { p: { start: 'eager', health } }, { restarts });
  writeFileSync(join(stage.workspace, 'p.start'), 'crash');
  const before = stage.starts('p').length;
  process.kill(Number(stage.starts('p').at(-1)), 'SIGKILL');
  await stage.until(() => /tried again after 0\.8 s, it ended again/.test(stage.status('p').reason));
  const { breaker } = await stage.summary('p');
  t.match(breaker, { state: 'open', reason: /^crash loop: .*; last: .*told to crash/ });
  t.match(stage.status('p'), {
    state: 'quarantined',
    nextStep: /^It is tried again by itself (?:in 1 s|now);/,
  });
  // Four starts after the first crash, three trials; each asks a second time without the probe of the era at most.
  const tried = stage.starts('p').length - before;
  t.ok(tried >= 7 && tried <= 14, `${tried} starts`);
  rmSync(join(stage.workspace, 'p.start'));
  await stage.until(() => stage.status('p').state === 'active');
  while ((await stage.summary('p')).breaker.state !== 'closed')
    await new Promise((resolve) => setTimeout(resolve, 10));
  t.match(stage.status('p'), { reason: '', nextStep: '' });
  t.equal(stage.starts('p').length, before + tried + 1, 'one trial');
});

await t.test('one that is started on demand is tried by itself too, and then stops when idle', async (t) => {
  const stage = await openHealth(t, { p: { idleStopMs: 300, health } }, { restarts });
  for (let time = 0; time < 5; time++) await stage.call('p', 'crash', { words: 'ouch' }).catch(() => {});
  t.equal(stage.status('p').state, 'quarantined');
  const starts = stage.starts('p').length;
  await t.rejects(stage.call('p', 'echo'), { code: 'PLUGIN_UNAVAILABLE', data: { reason: /^crash loop/ } });
  await stage.until(() => stage.status('p').state === 'active');
  t.equal(stage.starts('p').length, starts + 1);
  await stage.until(() => stage.status('p').state === 'stopped');
  t.match((await stage.summary('p')).breaker, { state: 'closed' });
});

await t.test('an event of its files does not make a plugin forget its crashes', async (t) => {
  const stage = await openHealth(t, { p: { health } });
  for (let time = 0; time < 3; time++) await stage.call('p', 'crash', { words: 'ouch' }).catch(() => {});
  stage.put('p', { health });
  await stage.host.listed(5_000);
  for (let time = 0; time < 2; time++) await stage.call('p', 'crash', { words: 'ouch' }).catch(() => {});
  t.equal(stage.status('p').state, 'quarantined');
  stage.put('p', { health, idleStopMs: 1 });
  await stage.host.listed(5_000);
  t.equal(stage.status('p').state, 'quarantined', 'nor does a change that needs no other process');
  stage.put('p', { health, limits: { memoryMb: 300 } });
  await stage.until(() => stage.status('p').state === 'configured');
  t.equal((await stage.summary('p')).breaker.state, 'closed', 'another launch is another plugin');
  t.equal(textOf(await stage.call('p', 'echo')), '{}');
});
