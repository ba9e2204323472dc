import t from 'tap';
import { openHost, textOf } from '../fixtures/host-stage.ts';

const MIB = 1024 * 1024;
/** Far less than what is sent, and more than what a garbage collector leaves lying about. */
const BOUND_MB = 200;

/** What a hostile plugin can do to the kernel with nothing but its three pipes. */
async function grownMb(act: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().rss;
  await act();
  return (process.memoryUsage().rss - before) / MIB;
}

await t.test('flood the kernel with output', async (test) => {
  const limits = { outputBytes: MIB };
  const stage = await openHost(test, {
    hostile: { isolation: 'sandbox', limits },
    granted: { isolation: 'sandbox', limits: { outputBytes: 4 * MIB } },
    other: { isolation: 'sandbox' },
  });
  test.equal(stage.status('hostile').tier, 'sandbox');
  const grown = await grownMb(async () => {
    const flood = test.rejects(stage.call('hostile', 'flood', { bytes: 1_000 * MIB, where: 'stdout' }), {
      code: 'OUTPUT_TOO_LARGE',
    });
    test.equal(textOf(await stage.call('other', 'echo')), '{}', 'others are served meanwhile');
    await flood;
  });
  test.ok(grown < BOUND_MB, `the kernel grew by ${grown.toFixed(0)} MiB of 1,000`);

  const text = 'x'.repeat(2 * MIB);
  await test.rejects(stage.call('hostile', 'echo', { text }), { code: 'OUTPUT_TOO_LARGE' });
  const answer = textOf(await stage.call('granted', 'echo', { text }));
  test.ok(answer.includes(text), 'with a larger limit the same message arrives');
});

await t.test('flood the kernel with complaints', async (test) => {
  const stage = await openHost(test, { hostile: { isolation: 'sandbox' }, other: { isolation: 'sandbox' } });
  const stop = new AbortController();
  const grown = await grownMb(async () => {
    const call = stage.call(
      'hostile',
      'flood',
      { bytes: 1_000 * MIB, where: 'stderr' },
      { signal: stop.signal },
    );
    call.catch(() => {});
    for (let time = 0; time < 20; time += 1) {
      test.equal(textOf(await stage.call('hostile', 'echo')), '{}');
      test.equal(textOf(await stage.call('other', 'echo')), '{}');
    }
  });
  test.ok(grown < BOUND_MB, `the kernel grew by ${grown.toFixed(0)} MiB`);
  stop.abort(new Error('enough'));
});

await t.test('let the kernel write to somebody who does not read', async (test) => {
  const stage = await openHost(test, {
    hostile: { isolation: 'sandbox', limits: { timeoutMs: 500 } },
    other: { isolation: 'sandbox' },
  });
  const text = 'x'.repeat(MIB);
  test.ok(
    textOf(await stage.call('hostile', 'echo', { text })).includes(text),
    'while it reads, it is served',
  );
  await stage.call('hostile', 'stall');
  const grown = await grownMb(async () => {
    const calls = Array.from({ length: 40 }, () =>
      stage.call('hostile', 'echo', { text }, { timeoutMs: 500 }),
    );
    const outcomes = Promise.allSettled(calls);
    test.equal(textOf(await stage.call('other', 'echo')), '{}', 'others are served meanwhile');
    test.ok((await outcomes).every(({ status }) => status === 'rejected'));
  });
  test.ok(grown < BOUND_MB, `the kernel grew by ${grown.toFixed(0)} MiB`);
});
