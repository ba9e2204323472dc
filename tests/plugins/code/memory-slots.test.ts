import t from 'tap';
import { MemorySlots } from '../../../plugins/code/src/memory-slots.ts';

const patient = new AbortController().signal;

await t.test('who fits goes first, who does not waits in the order of coming', async (test) => {
  const slots = new MemorySlots(10, 10);
  const order: string[] = [];
  const first = await slots.take(6, patient);
  const large = slots.take(8, patient).then((slot) => (order.push('large'), slot));
  const small = slots.take(2, patient).then((slot) => (order.push('small'), slot));
  test.same(order, [], 'a small one does not overtake: a large one would never get its turn');
  first[Symbol.dispose]();
  const taken = await Promise.all([large, small]);
  test.same(order, ['large', 'small']);
  for (const slot of taken) slot[Symbol.dispose]();
  const whole = await slots.take(10, patient);
  whole[Symbol.dispose]();
});

await t.test('who gives up makes way', async (test) => {
  const slots = new MemorySlots(10, 10);
  const first = await slots.take(6, patient);
  const leaving = new AbortController();
  const reason = new Error('no longer wanted');
  const large = slots.take(8, leaving.signal);
  const small = slots.take(2, patient);
  leaving.abort(reason);
  await test.rejects(large, reason);
  (await small)[Symbol.dispose]();
  await test.rejects(slots.take(1, AbortSignal.abort(reason)), reason);
  first[Symbol.dispose]();
  (await slots.take(10, patient))[Symbol.dispose]();
});

await t.test('the queue has an end', async (test) => {
  const slots = new MemorySlots(1, 2);
  const held = await slots.take(1, patient);
  const waiting = [slots.take(1, patient), slots.take(1, patient)];
  await test.rejects(slots.take(1, patient), {
    message: 'BUSY: 2 scripts are waiting already. Try again when other scripts have ended.',
  });
  held[Symbol.dispose]();
  for (const slot of waiting) (await slot)[Symbol.dispose]();
});
