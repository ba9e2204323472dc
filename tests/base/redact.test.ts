import t from 'tap';
import { isPlain, redact, redactWithin } from '../../runtime/base/redact.ts';

await t.test('a value without secrets is returned as it is', (test) => {
  const value = {
    path: '/a',
    tokens: 5,
    list: [1, 'x', null, { deep: true }],
    key: 'k',
    password: null,
    secret: '',
  };
  test.equal(redact(value), value);
  for (const plain of ['text', 5, true, null, undefined]) test.equal(redact(plain), plain);
  test.end();
});

await t.test('secrets go by key and by shape, and the value itself never changes', (test) => {
  const value = Object.freeze({
    user: 'me',
    password: 1234,
    nested: Object.freeze({
      apiKey: 'abc',
      url: 'https://me:pw@host/',
      list: Object.freeze(['Bearer abc1']),
    }),
    tokens: { access: 'a', refresh: 'b' },
    credentials: ['a'],
    max_tokens: 100,
    token: 7,
    secret: true,
  });
  const before = JSON.stringify(value);
  test.same(redact(value), {
    user: 'me',
    password: '[redacted]',
    nested: { apiKey: '[redacted]', url: 'https://me:[redacted]@host/', list: ['Bearer [redacted]'] },
    tokens: '[redacted]',
    credentials: '[redacted]',
    max_tokens: 100,
    token: 7,
    secret: true,
  });
  test.equal(JSON.stringify(value), before);
  test.end();
});

await t.test('named values, as tools take headers and variables', (test) => {
  const headers = [
    { name: 'Authorization', value: 'x' },
    { name: 'Accept', value: '*/*' },
    { key: 'DB_PASSWORD', value: 5 },
  ];
  test.same(redact(headers), [
    { name: 'Authorization', value: '[redacted]' },
    { name: 'Accept', value: '*/*' },
    { key: 'DB_PASSWORD', value: '[redacted]' },
  ]);
  test.end();
});

await t.test('a secret used as a key', (test) => {
  test.same(redact({ 'Bearer abc123': 1 }), { 'Bearer [redacted]': 1 });
  test.end();
});

await t.test('keys such as "__proto__" are data', (test) => {
  const value: unknown = JSON.parse(
    '{"__proto__":{"polluted":true},"constructor":{"prototype":1},"token":"x"}',
  );
  const copy = redact(value);
  test.equal(
    JSON.stringify(copy),
    '{"__proto__":{"polluted":true},"constructor":{"prototype":1},"token":"[redacted]"}',
  );
  test.notOk(Object.hasOwn(Object.prototype, 'polluted'));
  test.end();
});

await t.test('what is not JSON becomes what JSON would make of it', (test) => {
  class Point {
    readonly x = 1;
    readonly password = 'p';
  }
  const value = {
    big: 10n,
    date: new Date(0),
    bytes: new Uint8Array(5),
    error: new RangeError('token=abc'),
    point: new Point(),
    run: () => 1,
  };
  test.equal(
    JSON.stringify(redact(value)),
    '{"big":"10","date":"1970-01-01T00:00:00.000Z","bytes":"[5 bytes]","error":"RangeError: token=[redacted]","point":{"x":1,"password":"[redacted]"}}',
  );
  test.end();
});

await t.test('circles, depth and size end somewhere', (test) => {
  const circle: Record<string, unknown> = { a: 1 };
  circle['left'] = circle;
  circle['right'] = circle;
  test.match(JSON.stringify(redact(circle)), /too deep/);

  let deep: unknown = 'password=x';
  for (let depth = 0; depth < 10_000; depth += 1) deep = [deep];
  test.match(JSON.stringify(redact(deep)), /^\[{64}"\[too deep\]"\]{64}$/);

  const budget = { chars: 100, nodes: 1_000 };
  test.equal(isPlain('x'.repeat(101), budget), false);
  test.ok(budget.chars < 0);
  test.end();
});

await t.test('a cut text shows no part of a secret that the cut goes through', (test) => {
  const secret = `ghp_${'a'.repeat(36)}`;
  for (const allowed of [3, 4, 5, 20, 39, 41, 45]) {
    const shown = redactWithin(`x ${secret} y`, { chars: allowed, nodes: 10 });
    test.notMatch(String(shown), /ghp_/, `${allowed} characters`);
  }
  test.end();
});
