import { getEventListeners } from 'node:events';
import t from 'tap';
import { abortReason, unlessAborted } from '../../runtime/base/abort.ts';

await t.test('the reason of an abort is always an error', (t) => {
  const reason = new TypeError('mine');
  t.equal(abortReason(AbortSignal.abort(reason)), reason);
  t.match(abortReason(AbortSignal.abort()), { name: 'AbortError' });
  for (const odd of ['text', 7, null, { code: 1 }]) {
    const error = abortReason(AbortSignal.abort(odd));
    t.type(error, Error);
    t.same(error.cause, odd);
  }
  t.end();
});

await t.test('the promise wins when it settles first, either way', async (t) => {
  const controller = new AbortController();
  t.equal(await unlessAborted(Promise.resolve('done'), controller.signal), 'done');
  await t.rejects(unlessAborted(Promise.reject(new Error('broken')), controller.signal), {
    message: 'broken',
  });
  t.equal(getEventListeners(controller.signal, 'abort').length, 0, 'no listener is left');
});

await t.test('the abort wins when it comes first; the work goes on', async (t) => {
  const controller = new AbortController();
  const work = Promise.withResolvers<string>();
  const waiting = unlessAborted(work.promise, controller.signal);
  controller.abort(new Error('enough'));
  await t.rejects(waiting, { message: 'enough' });
  work.resolve('done all the same');
  t.equal(await work.promise, 'done all the same');
  t.equal(getEventListeners(controller.signal, 'abort').length, 0);
});

await t.test("work that fails after the abort is nobody's unhandled rejection", async (t) => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  t.teardown(() => process.off('unhandledRejection', note));
  const controller = new AbortController();
  const work = Promise.withResolvers<string>();
  const waiting = unlessAborted(work.promise, controller.signal);
  controller.abort(new Error('enough'));
  await t.rejects(waiting);
  work.reject(new Error('late'));
  await t.rejects(unlessAborted(Promise.reject(new Error('early')), AbortSignal.abort(new Error('before'))), {
    message: 'before',
  });
  for (let time = 0; time < 3; time++) await new Promise((resolve) => setImmediate(resolve));
  t.same(unhandled, []);
});
