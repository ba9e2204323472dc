import t from 'tap';
import { createIds, lowestIdAt } from '../../runtime/base/ids.ts';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

await t.test('an id carries the version, the variant and its time', (test) => {
  // The example of RFC 9562, appendix A.6: 2022-02-22T19:22:22Z.
  const newId = createIds({ now: () => 0x017f22e279b0 });
  const id = newId();
  test.match(id, UUID_V7);
  test.ok(id.startsWith('017f22e2-79b0-7'));
  test.end();
});

/** Two ids of a source whose clock stands still and whose random bytes count up. */
function twoIds(): string {
  let next = 0;
  const newId = createIds({ now: () => 1_000 }, (bytes) => {
    for (let at = 0; at < bytes.length; at += 1) bytes[at] = next++ & 0xff;
  });
  return [newId(), newId()].join(' ');
}

await t.test('the same clock and random bytes give the same ids', (test) => {
  test.equal(twoIds(), twoIds());
  test.equal(twoIds(), '00000000-03e8-7001-8203-040506070809 00000000-03e8-7002-8c0d-0e0f10111213');
  test.end();
});

await t.test('ids grow when the clock stands still, overflows its counter, or goes back', (test) => {
  let nowMs = 5_000;
  const newId = createIds({ now: () => nowMs });
  let last = '';
  let outOfOrder = 0;
  let malformed = 0;
  for (let count = 0; count < 20_000; count += 1) {
    if (count === 10_000) nowMs = 1_000;
    if (count === 15_000) nowMs = 6_000;
    const id = newId();
    if (id <= last) outOfOrder += 1;
    if (!UUID_V7.test(id)) malformed += 1;
    last = id;
  }
  test.same({ outOfOrder, malformed }, { outOfOrder: 0, malformed: 0 });
  test.end();
});

await t.test('the lowest id of a millisecond sorts after all earlier ids and before its own', (test) => {
  const [earlier, at] = [createIds({ now: () => 6_999 }), createIds({ now: () => 7_000 })];
  test.ok(earlier() < lowestIdAt(7_000));
  test.ok(at() > lowestIdAt(7_000));
  test.match(lowestIdAt(-5), /^00000000-0000-7000-8000-/);
  test.end();
});
