import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openHost, textOf, type HostStage } from '../fixtures/host-stage.ts';
import { peakGrowthMb } from '../fixtures/memory.ts';

const mebibyte = 1_048_576;

/** A clock that stands still until it is told to go on. */
function stillClock() {
  let nowMs = 1_700_000_000_000;
  return { now: () => nowMs, advance: (ms: number) => void (nowMs += ms) };
}

async function crash(stage: HostStage, words = 'ouch'): Promise<void> {
  await stage.call('p', 'crash', { words }).catch(() => {});
}

await t.test(
  'a crash fails every call in flight with the last words; the next call starts anew',
  async (t) => {
    for (const ERA of ['legacy', 'modern']) {
      const stage = await openHost(t, { p: { env: { ERA } } });
      const pid = stage.status('p').pid;
      const held = [1, 2, 3].map(() => stage.call('p', 'hold', { until: 'never' }));
      const outcomes = Promise.allSettled([
        ...held,
        stage.call('p', 'crash', { words: 'out of cheese', code: 42 }),
      ]);
      for (const outcome of await outcomes) {
        t.match(outcome, {
          status: 'rejected',
          reason: {
            code: 'PLUGIN_CRASHED',
            data: { plugin: 'p', how: 'exit code 42', lastWords: 'out of cheese' },
          },
        });
      }
      t.match(stage.status('p'), { state: 'error', pid: null, inFlight: 0, reason: /out of cheese/ });
      t.equal(textOf(await stage.call('p', 'echo')), '{}');
      t.match(stage.status('p'), { state: 'active', reason: '', restarts: 1 });
      t.not(stage.status('p').pid, pid);
    }
  },
);

await t.test('a last line that was never finished counts, and a silent end says so', async (t) => {
  const stage = await openHost(t, { p: {} });
  await t.rejects(stage.call('p', 'crash', { words: 'no line break', unfinished: true }), {
    code: 'PLUGIN_CRASHED',
    data: { lastWords: 'no line break' },
  });
  const silent = await openHost(t, { p: {} });
  await t.rejects(silent.call('p', 'crash', { words: '', unfinished: true }), {
    code: 'PLUGIN_CRASHED',
    data: { lastWords: '(it wrote nothing to stderr)', how: 'exit code 3' },
  });
});

await t.test('a plugin that is killed names the signal', async (t) => {
  const stage = await openHost(t, { p: {} });
  const held = stage.call('p', 'hold', { until: 'never' });
  const rejected = t.rejects(held, { code: 'PLUGIN_CRASHED', data: { how: 'signal SIGKILL' } });
  process.kill(Number(stage.starts('p').at(-1)), 'SIGKILL');
  await rejected;
});

await t.test('back-off: the second start in a row waits, and a call waits with it', async (t) => {
  const clock = stillClock();
  const stage = await openHost(t, { p: {} }, { clock });
  await crash(stage);
  t.equal(textOf(await stage.call('p', 'echo')), '{}');
  await crash(stage);
  const startedMs = performance.now();
  t.equal(textOf(await stage.call('p', 'echo')), '{}');
  t.ok(performance.now() - startedMs >= 95, 'a tenth of a second after the second crash');
});

await t.test(
  'the breaker opens after five crashes, tries once when its time is over, and closes',
  async (t) => {
    const clock = stillClock();
    const stage = await openHost(t, { p: {} }, { clock });
    for (let time = 0; time < 5; time++) {
      clock.advance(1_000);
      await crash(stage, `crash ${time}`);
    }
    t.match(stage.status('p'), {
      state: 'quarantined',
      reason: /^crash loop: it ended 5 times within a minute; last: .*crash 4/,
      nextStep: 'It is tried again by itself in 30 s; or run "nexus plugin restart p"',
    });
    const starts = stage.starts('p').length;
    for (let time = 0; time < 3; time++) {
      await t.rejects(stage.call('p', 'echo'), {
        code: 'PLUGIN_UNAVAILABLE',
        data: { state: 'quarantined', todo: /by itself in 30 s/ },
      });
    }
    t.equal(stage.starts('p').length, starts, 'nothing was started');

    writeFileSync(join(stage.workspace, 'p.start'), 'crash');
    clock.advance(30_000);
    await t.rejects(stage.call('p', 'echo'), {
      code: 'PLUGIN_CRASHED',
      data: { lastWords: 'told to crash' },
    });
    t.equal(stage.status('p').state, 'quarantined', 'half-open: one crash opens it again');
    await t.rejects(stage.call('p', 'echo'), { code: 'PLUGIN_UNAVAILABLE' });

    rmSync(join(stage.workspace, 'p.start'));
    clock.advance(60_000);
    t.equal(textOf(await stage.call('p', 'echo')), '{}', 'twice as long later');
    t.match(stage.status('p'), { state: 'active', reason: '', nextStep: '' });
  },
);

await t.test('a restart forgets the crashes, in the status too', async (t) => {
  const clock = stillClock();
  const stage = await openHost(t, { p: {} }, { clock });
  for (let time = 0; time < 5; time++) {
    clock.advance(1_000);
    await crash(stage);
  }
  t.equal(stage.status('p').state, 'quarantined');
  await stage.host.restart('p');
  t.match(stage.status('p'), { state: 'configured', reason: '', nextStep: '' });
  t.equal(textOf(await stage.call('p', 'echo')), '{}');
  await crash(stage);
  t.equal(stage.status('p').state, 'error', 'one crash is one crash again');
  await stage.host.restart('p');
  t.match(stage.status('p'), { state: 'configured', reason: '' });
});

await t.test('a plugin that ends at its start says why and is left alone', async (t) => {
  const stage = await openHost(t, {});
  writeFileSync(join(stage.workspace, 'p.start'), 'crash');
  stage.put('p', {});
  await stage.until(() => stage.status('p').state === 'error');
  t.match(stage.status('p'), { reason: /exit code 9.*told to crash/, pid: null });
  t.equal(stage.starts('p').length, 2, 'once with the era probe, once without');
  t.equal(stage.host.view('p')?.listing, null);
  rmSync(join(stage.workspace, 'p.start'));
  t.equal(textOf(await stage.call('p', 'echo')), '{}');
});

await t.test(
  'restarts that race calls and each other: every call ends, the plugin works afterwards',
  async (t) => {
    const stage = await openHost(t, { p: {} });
    const allowed = new Set(['PLUGIN_CRASHED', 'PLUGIN_UNAVAILABLE']);
    const outcomes: PromiseSettledResult<unknown>[] = [];
    for (let round = 0; round < 6; round++) {
      const calls = Array.from({ length: 5 }, () => stage.call('p', 'echo'));
      const restarts = Array.from({ length: 1 + (round % 3) }, () => stage.host.restart('p'));
      const late = Array.from({ length: 5 }, () => stage.call('p', 'echo'));
      outcomes.push(...(await Promise.allSettled([...calls, ...late])));
      for (const outcome of await Promise.allSettled(restarts)) t.equal(outcome.status, 'fulfilled');
    }
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        t.ok(allowed.has(String(outcome.reason.code)), String(outcome.reason));
    }
    t.ok(outcomes.some(({ status }) => status === 'fulfilled'));
    t.equal(textOf(await stage.call('p', 'echo')), '{}');
    t.not(stage.status('p').state, 'quarantined', 'a restart on demand is no crash');
  },
);

await t.test('a message over the limit ends the plugin, its calls, and nothing else', async (t) => {
  const stage = await openHost(t, { p: { limits: { outputBytes: mebibyte } }, q: {} });
  const pid = Number(stage.starts('p').at(-1));
  const grownMb = await peakGrowthMb(async () => {
    const outcomes = Promise.allSettled([
      stage.call('p', 'flood', { bytes: 400 * mebibyte, where: 'stdout' }),
      stage.call('p', 'hold', { until: 'never' }),
    ]);
    t.equal(textOf(await stage.call('q', 'echo')), '{}', 'others are served meanwhile');
    for (const outcome of await outcomes)
      t.match(outcome, {
        status: 'rejected',
        reason: { code: 'OUTPUT_TOO_LARGE', data: { limit: mebibyte } },
      });
  });
  t.ok(grownMb < 100, `the kernel grew by ${grownMb.toFixed(0)} MiB`);
  t.throws(() => process.kill(pid, 0), { code: 'ESRCH' }, 'the flooding process is gone');
  t.equal(textOf(await stage.call('p', 'echo')), '{}');
});

await t.test('stderr without a line break is cut, not collected', async (t) => {
  const stage = await openHost(t, { p: {} });
  const stop = new AbortController();
  const grownMb = await peakGrowthMb(async () => {
    const options = { signal: stop.signal };
    stage.call('p', 'flood', { bytes: 400 * mebibyte, where: 'stderr' }, options).catch(() => {});
    // Answered while it floods: its output is being read.
    for (let time = 0; time < 5; time++) t.equal(textOf(await stage.call('p', 'echo')), '{}');
    await stage.call('p', 'hold', { until: 'never' }, { timeoutMs: 700 }).catch(() => {});
  });
  t.ok(grownMb < 100, `the kernel grew by ${grownMb.toFixed(0)} MiB`);
  t.ok(stage.host.stderr('p').every((line) => line.length <= 4_000));
  stop.abort(new Error('enough'));
});

await t.test(
  'a plugin that stops reading: bounded memory, its callers are told, the kernel lives',
  async (t) => {
    const stage = await openHost(t, { p: {} });
    await stage.call('p', 'stall');
    const text = 'x'.repeat(mebibyte);
    let codes: string[] = [];
    const grownMb = await peakGrowthMb(async () => {
      const calls = Array.from({ length: 60 }, () => stage.call('p', 'echo', { text }, { timeoutMs: 300 }));
      codes = (await Promise.allSettled(calls)).map((outcome) =>
        outcome.status === 'rejected' ? String(outcome.reason.code) : 'answered',
      );
    });
    t.same(new Set(codes), new Set(['RUN_TIMED_OUT', 'PLUGIN_STUCK']));
    t.ok(codes.filter((code) => code === 'RUN_TIMED_OUT').length <= 18, 'no more than 16 MiB wait');
    t.ok(grownMb < 40, `the kernel grew by ${grownMb.toFixed(0)} MiB`);
    await stage.host.restart('p');
    t.equal(textOf(await stage.call('p', 'echo')), '{}', 'a restart helps, as the error says');
  },
);

await t.test(
  'a plugin that is stopped while it works: its callers learn that the outcome is not known',
  async (t) => {
    const stage = await openHost(t, { p: {} });
    const held = stage.call('p', 'hold', { until: 'never' });
    const rejected = t.rejects(held, { name: 'NexusError', code: /^PLUGIN_(?:CRASHED|UNAVAILABLE)$/ });
    await stage.host.restart('p');
    await rejected;
  },
);

await t.test('a late answer to a call that was given up disturbs nobody', async (t) => {
  const stage = await openHost(t, { p: {} });
  await t.rejects(stage.call('p', 'hold', { until: 'go' }, { timeoutMs: 50 }), {
    code: 'RUN_TIMED_OUT',
    data: { tool: 'hold', plugin: 'p', timeoutMs: 50 },
  });
  stage.release('go');
  for (let time = 0; time < 20; time++)
    t.equal(textOf(await stage.call('p', 'echo', { time })), `{"time":${time}}`);
});

await t.test('a start that fails after its caller has left ends nothing but itself', async (t) => {
  const stage = await openHost(t, { p: {} });
  await stage.host.restart('p');
  writeFileSync(join(stage.workspace, 'p.start'), 'crash');
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  t.teardown(() => process.off('unhandledRejection', note));
  const left = AbortSignal.abort(new Error('left'));
  await t.rejects(stage.call('p', 'echo', {}, { signal: left }), { message: 'left' });
  await stage.until(() => stage.status('p').state === 'error');
  t.same(unhandled, []);
});
