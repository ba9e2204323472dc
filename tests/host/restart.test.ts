import t from 'tap';
import { CrashRecord, restartVerdict } from '../../runtime/host/restart.ts';
import { seededRandom } from '../fixtures/seeded-random.ts';

const start = 1_000_000;

await t.test('at once after the first crash, then after 100, 200 and 400 ms, then the breaker opens', (t) => {
  const record = new CrashRecord();
  t.equal(record.notBefore, 0);
  t.same(
    [0, 10, 20, 30].map((ms) => record.note(start + ms)),
    [
      { kind: 'wait', untilMs: start },
      { kind: 'wait', untilMs: start + 110 },
      { kind: 'wait', untilMs: start + 220 },
      { kind: 'wait', untilMs: start + 430 },
    ],
  );
  t.equal(record.notBefore, start + 430);
  t.same(record.note(start + 40), { kind: 'open', untilMs: start + 30_040, crashes: 5 });
  t.equal(record.notBefore, start + 30_040);
  t.end();
});

await t.test('half-open: the try after the breaker opens it again when it crashes', (t) => {
  const record = new CrashRecord();
  for (let crash = 0; crash < 5; crash++) record.note(start);
  const tried = start + 30_000;
  t.match(record.note(tried), { kind: 'open', untilMs: tried + 30_000, crashes: 6 });
  t.end();
});

await t.test('a crash counts for a minute', (t) => {
  const record = new CrashRecord();
  for (let crash = 0; crash < 4; crash++) record.note(start);
  t.equal(record.note(start + 59_999).kind, 'open', 'the fifth inside the minute');
  const other = new CrashRecord();
  for (let crash = 0; crash < 4; crash++) other.note(start);
  t.same(
    other.note(start + 60_000),
    { kind: 'wait', untilMs: start + 60_000 },
    'a minute later it is the first',
  );
  t.end();
});

await t.test('forgetting starts afresh', (t) => {
  const record = new CrashRecord();
  for (let crash = 0; crash < 5; crash++) record.note(start);
  record.forget();
  t.equal(record.notBefore, 0);
  t.same(record.note(start + 1), { kind: 'wait', untilMs: start + 1 });
  t.end();
});

await t.test(
  'whatever the crashes: never before now, never later than the breaker, open exactly from five on',
  (t) => {
    const random = seededRandom(77);
    for (let round = 0; round < 500; round++) {
      const times = Array.from({ length: 1 + random(9) }, () => start + random(120_000)).sort(
        (a, b) => a - b,
      );
      const now = times.at(-1) ?? start;
      const recent = times.filter((time) => now - time < 60_000).length;
      const verdict = restartVerdict(times, now);
      const isRight =
        verdict.untilMs >= now &&
        verdict.untilMs <= now + 30_000 &&
        (verdict.kind === 'open') === recent >= 5 &&
        (verdict.kind === 'open' || verdict.untilMs <= now + 10_000);
      if (!isRight) t.fail(`round ${round}`, { times, verdict });
    }
    t.pass('500 rounds');
    t.end();
  },
);
