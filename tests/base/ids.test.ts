import t from 'tap';
import { createIds, lowestSequenceAt, sequenceBound, sequenceOf } from '../../runtime/base/ids.ts';

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
  const newId = createIds({ now: () => 1_000 }, 0, (bytes) => {
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

await t.test('a millisecond holds 1,792 ids or more, the next ones belong to the next', (test) => {
  const newId = createIds({ now: () => 5_000 }, 0, (bytes) => bytes.fill(0xff));
  const ids = Array.from({ length: 1_793 + 2_048 + 1 }, newId);
  test.match(ids[0], /^00000000-1388-70ff-/);
  test.match(ids[1_792], /^00000000-1388-77ff-/, 'the highest bit of the counter stays 0');
  test.match(ids[1_793], /^00000000-1389-7000-/);
  test.match(ids.at(-1), /^00000000-138a-7000-/);
  test.end();
});

await t.test('the sequence number of an id is its time and counter', (test) => {
  test.equal(sequenceOf('017f22e2-79b0-7123-98c4-dc0c0c07398f'), 0x017f22e279b0 * 2_048 + 0x123);
  test.equal(sequenceOf('03ffffff-ffff-77ff-98c4-dc0c0c07398f'), Number.MAX_SAFE_INTEGER);
  let nowMs = Date.now();
  const newId = createIds({ now: () => nowMs });
  const sequences = Array.from({ length: 10_000 }, (_, index) => {
    if (index % 3_000 === 0) nowMs -= 7;
    return sequenceOf(newId()) ?? Number.NaN;
  });
  const wrong = sequences.filter((at, index) => !(at > (sequences[index - 1] ?? 0)));
  test.same(wrong, [], 'grows with every id');
  test.end();
});

await t.test('what createIds cannot have made has no sequence number', (test) => {
  const mine = '017f22e2-79b0-7123-98c4-dc0c0c07398f';
  for (const id of [
    '',
    'none',
    mine.toUpperCase(),
    `${mine}0`,
    ` ${mine}`,
    mine.replace('-7123', '-4123'),
    mine.replace('-98c4', '-c8c4'),
    mine.replaceAll('-', ''),
  ]) {
    test.equal(sequenceOf(id), null, id);
    test.equal(sequenceBound(id), null, id);
  }
  const foreign = mine.replace('-7123', '-7abc');
  test.equal(sequenceOf(foreign), null, 'a counter of 12 bits');
  test.equal(sequenceBound(foreign), lowestSequenceAt(0x017f22e279b1), 'is after all of its millisecond');
  test.equal(sequenceBound(mine), sequenceOf(mine));
  const late = '04000000-0000-7000-98c4-dc0c0c07398f';
  test.equal(sequenceOf(late), null, 'after 2109');
  test.ok((sequenceBound(late) ?? 0) > Number.MAX_SAFE_INTEGER);
  test.end();
});

await t.test('ids start above a given sequence number, also when the clock is behind it', (test) => {
  for (const above of [lowestSequenceAt(9_000) + 5, lowestSequenceAt(9_000) + 2_047, lowestSequenceAt(10)]) {
    const newId = createIds({ now: () => 1_000 }, above);
    const first = sequenceOf(newId()) ?? 0;
    test.ok(first > above);
    test.ok((sequenceOf(newId()) ?? 0) > first);
  }
  test.end();
});

await t.test('the lowest sequence number of a millisecond is after all earlier ids', (test) => {
  const [earlier, at] = [createIds({ now: () => 6_999 }), createIds({ now: () => 7_000 })];
  test.ok((sequenceOf(earlier()) ?? 0) < lowestSequenceAt(7_000));
  test.ok((sequenceOf(at()) ?? 0) >= lowestSequenceAt(7_000));
  test.equal(lowestSequenceAt(-5), 0);
  test.end();
});
