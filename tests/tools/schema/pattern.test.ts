import t from 'tap';
import { compileSchema } from '../../../runtime/tools/schema/compile-schema.ts';

function matches(pattern: string, text: string): boolean {
  return compileSchema({ pattern }, { tool: 'x' }).validate(text) === null;
}

const TABLE: readonly (readonly [pattern: string, matching: string, other: string])[] = [
  ['^[a-z][a-z0-9-]*$', 'hello-1', 'Hello'],
  ['^\\d{4}-\\d{2}$', '2026-11', '2026-1'],
  ['b+', 'abbc', 'ac'],
  ['^$', '', 'a'],
  ['^(?:a|b)?c$', 'bc', 'abc'],
  ['^(?<year>\\d+)$', '12', 'x'],
  ['^\\u00e9\\x41\\/$', 'éA/', 'eA/'],
  ['^\\p{Lu}+$', 'ÄÖ', 'äö'],
  ['^.$', '😀', 'ab'],
  ['^\\s\\S$', '\u00a0x', 'x\u00a0'],
  ['^[\\s,]+$', ',\ufeff\u2003', ', x'],
  ['^[\\]\\s]$', '\u00a0', 'x'],
  ['^\\\\s$', '\\s', ' '],
  ['^[^@\\s]+@[^@\\s]+$', 'a@b', 'a @b'],
  ['(?i)^on$', 'ON', 'off'],
];

await t.test('patterns mean what they mean in JavaScript', (test) => {
  for (const [pattern, matching, other] of TABLE) {
    test.ok(matches(pattern, matching), `${pattern} matches ${matching}`);
    test.notOk(matches(pattern, other), `${pattern} does not match ${other}`);
  }
  test.end();
});

await t.test('what RE2 cannot run is not checked, and said so', (test) => {
  for (const pattern of ['^(?=a)a$', '(?!a)b', '(a)\\1', '(', '[', 'a{5000}', 'x'.repeat(2_001)]) {
    const { validate, warnings } = compileSchema({ pattern, minLength: 2 }, { tool: 'x' });
    test.match(warnings, [/^pattern ".*" is not checked: /], pattern);
    test.equal(validate('zz'), null);
    test.match(validate('z'), [{ problem: 'must have at least 2 characters' }], 'the rest is checked');
  }
  test.end();
});

await t.test('a key that an unchecked pattern might allow is allowed', (test) => {
  const { validate } = compileSchema(
    {
      properties: { a: true },
      patternProperties: { '^(?!b)': { type: 'string' } },
      additionalProperties: false,
    },
    { tool: 'x' },
  );
  test.equal(validate({ a: 1, c: 2 }), null);
  test.end();
});

const PATIENCE_MS = 10_000;

await t.test('patterns that are slow to compile are left out after 0.1 s', (test) => {
  const schemas = Array.from({ length: 120 }, (_, index) => ({
    pattern: `${'(?:a{1,1000}|b)'.repeat(130)}${index}`,
  }));
  const started = performance.now();
  const { validate, warnings } = compileSchema({ allOf: schemas }, { tool: 'x' });
  test.equal(validate('zz'), null);
  test.ok(performance.now() - started < PATIENCE_MS);
  test.match(warnings[0], /is not checked: it is too complex/);
  test.equal(warnings.length, 10, 'warnings are bounded as well');
  test.end();
});

await t.test(
  'a long text for a pattern that makes ever new states is given up, and the next one works',
  (test) => {
    let seed = 1;
    const noise = Array.from({ length: 400_000 }, () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % 2 === 0 ? 'a' : 'b';
    }).join('');
    const { validate } = compileSchema({ items: { pattern: 'a[ab]{500}$' } }, { tool: 'x' });
    const started = performance.now();
    test.match(validate([`${noise}c`, `${noise}c`]), [
      { path: '', problem: /^takes too long to check: more than \d+ ms$/ },
    ]);
    test.ok(performance.now() - started < PATIENCE_MS);
    test.equal(validate([`a${'b'.repeat(500)}`]), null);
    test.match(validate(['a']), [{ path: '/0', problem: 'must match a[ab]{500}$' }]);
    test.end();
  },
);
