import t from 'tap';
import { storedJson } from '../../runtime/store/stored-json.ts';

const LIMIT = 1_000;

await t.test('small values are stored as they are', (test) => {
  for (const value of [null, 1, 'a', [], {}, { a: [1, { b: null }], c: undefined }]) {
    test.equal(storedJson(value, LIMIT), JSON.stringify(value));
  }
  test.equal(storedJson(undefined, LIMIT), null);
  test.end();
});

const LARGE: Readonly<Record<string, unknown>> = {
  'one long text': { text: 'x'.repeat(1_001) },
  'text of three bytes a character': { text: '€'.repeat(500) },
  'text of six bytes a character': { text: '\u0001'.repeat(300) },
  quotes: { text: '"'.repeat(700) },
  backslashes: ['\\'.repeat(5_000)],
  'half a surrogate pair': ['\ud83d'.repeat(900)],
  emoji: ['😀'.repeat(900)],
  'many fields': Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`field${index}`, index])),
  'many numbers': Array.from({ length: 100_000 }, (_, index) => index),
  'many empty lists': Array.from({ length: 100_000 }, () => []),
  'a long key': { ['k'.repeat(5_000)]: 1 },
  'long numbers': Array.from({ length: 190 }, () => -1.234_567_890_123_45e-300),
  'one secret in much': { token: 'abc', text: 'x'.repeat(5_000) },
};

await t.test('large values become valid JSON that fits and begins like them', (test) => {
  for (const [name, value] of Object.entries(LARGE)) {
    const stored = storedJson(value, LIMIT) ?? '';
    const parsed: unknown = JSON.parse(stored);
    test.ok(Buffer.byteLength(stored) <= LIMIT, name);
    test.match(parsed, { truncated: true, bytes: Number, head: String }, name);
    const { bytes, head } = Object(parsed);
    test.ok(bytes >= LIMIT / 6, `${name}: ${bytes} bytes`);
    const whole = JSON.stringify(value).replace('"abc"', '"[redacted]"');
    test.ok(whole.startsWith(head) && head.length >= 100, `${name}: ${head}`);
  }
  test.end();
});

await t.test('of a huge value only the beginning is touched', (test) => {
  let reads = 0;
  const rows = Array.from({ length: 100_000 }, () =>
    Object.defineProperty({}, 'cell', {
      enumerable: true,
      get: () => {
        reads += 1;
        return 'x'.repeat(1_000);
      },
    }),
  );
  const stored = storedJson(rows, 65_536) ?? '';
  test.match(JSON.parse(stored), { truncated: true });
  test.ok(reads < 3_000, `${reads} of 100000 cells were read`);
  test.end();
});

await t.test('values that JSON cannot hold', (test) => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  test.match(storedJson(circle, 65_536), /too deep/);
  test.equal(storedJson({ big: 1n, run: () => 1 }, LIMIT), '{"big":"1"}');
  test.equal(storedJson(Symbol('s'), LIMIT), 'null');
  test.end();
});
