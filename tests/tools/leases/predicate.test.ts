import t from 'tap';
import { leaseArgumentsSchema, type LeaseArguments } from '../../../runtime/contract/leases.ts';
import { isJsonObject, type JsonObject } from '../../../runtime/contract/plugins.ts';
import { exactly, explain, outsideOf, problemOf } from '../../../runtime/tools/leases/predicate.ts';

const docs: LeaseArguments = { '/path': { prefix: 'docs' } };
const path = (value: unknown): string | null => outsideOf(docs, { path: value });

function parse(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value)) throw new TypeError('an object');
  return value;
}

await t.test('a folder covers what lies below it, however it is written plainly', (t) => {
  for (const value of [
    'docs',
    'docs/',
    'docs/a.md',
    './docs/a.md',
    'docs//a/./b.md',
    'docs/ü.md',
    'docs/.hidden',
  ])
    t.equal(path(value), null, value);
  t.equal(outsideOf({ '/path': { prefix: '/srv/docs/' } }, { path: '/srv/docs/x' }), null);
  t.equal(outsideOf({ '/path': { prefix: '.' } }, { path: 'any/where' }), null);
  t.end();
});

await t.test('whatever could be another place is outside', (t) => {
  const tricks = [
    'docs-secret/a',
    'docsx',
    'Docs/a',
    '/docs/a',
    '//docs/a',
    'docs/../etc/passwd',
    'docs/..',
    '..',
    'docs/a/../../b',
    'docs/.. /b',
    'docs/{a,../../b}',
    'docs\\..\\b',
    'docs/%2e%2e/b',
    'docs%2f..%2fb',
    'file:docs/a',
    'C:docs/a',
    '~/docs/a',
    ' docs/a',
    'docs/a ',
    'docs/\u0000/b',
    'docs/a\nb',
    'docs/\u202eb',
    'docs/\u200b',
    '\u200bdocs/a',
    '\u{e0041}docs/a',
    'd\u043ecs/a',
    '\uff44ocs/a',
    'docs\u2215a',
    'docs\uff0f..\uff0fb',
    'docs/\u2025/b',
    'docs/u\u0308.md',
    'docs/\ud800',
    '',
    ['docs/a'],
    { 0: 'docs/a' },
    null,
    5,
  ];
  for (const value of tricks) t.match(path(value), /^\/path is not "docs"/, JSON.stringify(value));
  t.match(outsideOf({ '/path': { prefix: '.' } }, { path: '/etc/passwd' }), /not/);
  t.match(outsideOf({ '/path': { prefix: '.' } }, { path: ' /etc/passwd' }), /not/);
  t.end();
});

await t.test('an address covers what lies below it at the same place', (t) => {
  const rules: LeaseArguments = { '/url': { prefix: 'https://api.example.org/repos/me' } };
  const fits = (url: string): boolean => outsideOf(rules, { url }) === null;
  for (const url of [
    'https://api.example.org/repos/me',
    'https://api.example.org/repos/me/x?y=1#z',
    'https://api.example.org:443/repos/me/x',
  ])
    t.ok(fits(url), url);
  for (const url of [
    'https://api.example.org/repos/me2',
    'https://api.example.org/repos/me/../you',
    'https://api.example.org/repos/me/%2e%2e/you',
    'https://api.example.org/repos/me/%252e%252e/you',
    'https://api.example.org/repos/me\\..\\you',
    'http://api.example.org/repos/me/x',
    'https://api.example.org:8443/repos/me/x',
    'https://api.example.org@evil.test/repos/me/x',
    'https://me:pw@api.example.org/repos/me/x',
    'https://api.example.org.evil.test/repos/me/x',
    'https://api.ex\u0430mple.org/repos/me/x',
    'https://api.example.org/repos/me/\u202ex',
    ' https://api.example.org/repos/me/x',
    'repos/me/x',
  ])
    t.notOk(fits(url), url);
  t.end();
});

await t.test('nothing is converted: another type is another value', (t) => {
  const cases: readonly (readonly [LeaseArguments, unknown, readonly unknown[]])[] = [
    [{ '/v': { equals: 5 } }, 5, ['5', 5.000_001, [5], true, null, {}]],
    [{ '/v': { equals: '5' } }, '5', [5, '05', ' 5', '\uff15']],
    [
      { '/v': { equals: { a: 1, b: [2] } } },
      { b: [2], a: 1 },
      [{ a: 1, b: [2], c: 3 }, { a: 1, b: { 0: 2 } }, '{"a":1,"b":[2]}'],
    ],
    [{ '/v': { equals: null } }, null, [0, '', false, 'null', {}]],
    [{ '/v': { oneOf: ['a', 1] } }, 'a', ['1', 'A', 'a ', ['a'], 'a\u0000', null]],
    [
      { '/v': { min: 0, max: 10 } },
      10,
      [-1, 10.5, '5', [5], true, null, 1e308 * 10, Number.NaN, { valueOf: 5 }],
    ],
    [{ '/v': { equals: true } }, true, [1, 'true', [true]]],
    [{ '/v': { equals: 'caf\u00e9' } }, 'caf\u00e9', ['cafe\u0301', 'CAF\u00c9']],
  ];
  for (const [rules, good, bad] of cases) {
    t.equal(outsideOf(rules, { v: good }), null);
    for (const v of bad)
      t.not(outsideOf(rules, { v }), null, `${JSON.stringify(rules)} ${JSON.stringify(v)}`);
  }
  t.end();
});

await t.test('every argument is named, at every depth, or it is not covered', (t) => {
  const rules: LeaseArguments = {
    '/path': { prefix: 'docs' },
    '/mode/kind': { equals: 'a' },
    '/note': { any: true, optional: true },
  };
  const good = { path: 'docs/a', mode: { kind: 'a' } };
  t.equal(outsideOf(rules, good), null);
  t.equal(outsideOf(rules, { ...good, note: { deep: ['x'] } }), null);
  t.equal(outsideOf(rules, { ...good, force: true }), '/force is not named by the lease');
  t.equal(
    outsideOf(rules, { ...good, mode: { kind: 'a', force: 1 } }),
    '/mode/force is not named by the lease',
  );
  t.equal(outsideOf(rules, { ...good, mode: 'a' }), '/mode is not named by the lease');
  t.equal(outsideOf(rules, { ...good, mode: [{ kind: 'a' }] }), '/mode is not named by the lease');
  t.equal(outsideOf(rules, { path: 'docs/a' }), '/mode/kind is missing');
  t.equal(outsideOf(rules, {}), '/path is missing');
  t.equal(outsideOf({}, {}), null);
  t.end();
});

await t.test('keys that mean something to JavaScript, and keys given twice, get nobody past a rule', (t) => {
  t.match(outsideOf(docs, parse('{"path":"docs/a","__proto__":{"force":true}}')), '/__proto__ is not named');
  t.match(outsideOf(docs, parse('{"path":"docs/a","constructor":1}')), '/constructor is not named');
  t.match(outsideOf({ '/toString': { any: true } }, {}), '/toString is missing');
  // What counts is what is sent: the last one.
  t.not(outsideOf(docs, parse('{"path":"docs/a","path":"/etc/passwd"}')), null);
  t.equal(outsideOf(docs, parse('{"path":"/etc/passwd","path":"docs/a"}')), null);
  t.equal(outsideOf({ '/a~1b/c~0d': { equals: 1 } }, { 'a/b': { 'c~d': 1 } }), null);
  t.not(outsideOf({ '/a/b': { equals: 1 } }, { 'a/b': 1 }), null);
  t.end();
});

await t.test('rules are said in words, and those that cover nothing by mistake are refused', (t) => {
  t.strictSame(explain({ '/path': { prefix: 'docs' }, '/n': { min: 1, max: 3, optional: true } }), [
    '/path is "docs" or below it',
    '/n is a number from 1 to 3, or absent',
    'no other arguments',
  ]);
  t.match(problemOf({ '/p': { prefix: 'docs/../x' } }), /not a plain folder/);
  t.match(problemOf({ '/p': { prefix: 'https://user@host/' } }), /not a plain folder/);
  t.match(problemOf({ '/p': { min: 3, max: 1 } }), /no number fits/);
  t.equal(problemOf(docs), null);
  t.notOk(leaseArgumentsSchema.safeParse({ path: { prefix: 'docs' } }).success, 'no pointer');
  t.notOk(leaseArgumentsSchema.safeParse({ '/path': { regex: '(a+)+$' } }).success, 'no such rule');
  t.notOk(leaseArgumentsSchema.safeParse({ '/path': { prefix: 'docs', any: true } }).success, 'one rule');
  t.notOk(leaseArgumentsSchema.safeParse({ '/path': {} }).success);
  const args = { path: 'a', list: [1, { b: null }] };
  t.equal(outsideOf(leaseArgumentsSchema.parse(exactly(args)), args), null);
  t.end();
});

await t.test('large arguments cost what reading them costs', (t) => {
  const args = {
    path: 'docs/a',
    text: 'a'.repeat(2_000_000),
    deep: Array.from({ length: 100_000 }, (_, n) => n),
  };
  const rules: LeaseArguments = {
    '/path': { prefix: 'docs' },
    '/text': { prefix: 'docs' },
    '/deep': { equals: 1 },
  };
  t.match(outsideOf(rules, args), '/text is not');
  t.end();
});
