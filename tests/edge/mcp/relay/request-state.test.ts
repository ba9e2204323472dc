import { createHmac, randomBytes } from 'node:crypto';
import t from 'tap';
import { requestDigest, RequestStates } from '../../../../runtime/edge/mcp/relay/request-state.ts';
import { seededRandom } from '../../../fixtures/seeded-random.ts';

const key = randomBytes(32);
const states = new RequestStates(key);
const now = 1_700_000_000_000;
const request = requestDigest('tools/call', { name: 'a', arguments: { x: 1 } });
const claims = { call: 'call-1', caller: 'token', request, expiresAt: now + 1_000 };
const expected = { caller: 'token', request };

await t.test('a state is good for its caller and request until it expires', (t) => {
  const state = states.mint(claims);
  t.match(state, /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/, 'it travels anywhere');
  t.equal(states.verify(state, expected, now), 'call-1');
  t.equal(states.verify(state, expected, now + 999), 'call-1');
  t.equal(states.verify(state, expected, now + 1_000), null, 'expired');
  t.equal(states.verify(state, { ...expected, caller: 'stdio:1' }, now), null, 'of another caller');
  t.equal(states.verify(state, { ...expected, request: 'other' }, now), null, 'of another request');
  t.equal(new RequestStates(randomBytes(32)).verify(state, expected, now), null, 'of another kernel');
  t.end();
});

await t.test('no key that could be guessed', (t) => {
  t.throws(() => new RequestStates(Buffer.alloc(31)), RangeError);
  t.throws(() => new RequestStates(Buffer.from('')), RangeError);
  t.end();
});

await t.test('every changed character makes a state worthless', (t) => {
  const state = states.mint(claims);
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const random = seededRandom(31);
  let equivalent = 0;
  for (let at = 0; at < state.length; at++) {
    const letter = letters.charAt(random(64));
    const changed = state.slice(0, at) + letter + state.slice(at + 1);
    if (changed === state) continue;
    // The last character of a base64url text carries bits that are not part of the value.
    const isSame = changed
      .split('.')
      .every((part, index) => bytesOf(part).equals(bytesOf(state.split('.')[index] ?? '')));
    if (isSame) equivalent++;
    else if (states.verify(changed, expected, now) !== null) t.fail(`position ${at}`);
  }
  t.ok(equivalent <= 2);
  t.end();
});

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}

await t.test('what was never minted is refused, whatever it looks like', (t) => {
  const random = seededRandom(7);
  const state = states.mint(claims);
  const [body = '', tag = ''] = state.split('.');
  const later = Buffer.from(JSON.stringify(['call-1', 'token', request, now + 9e9])).toString('base64url');
  const strange = [
    '',
    '.',
    '..',
    body,
    tag,
    `${body}.`,
    `.${tag}`,
    `${state}.`,
    `${state}.x`,
    `${tag}.${body}`,
    `${later}.${tag}`,
    ' ',
    '\0',
    'null.null',
    state.toUpperCase(),
  ];
  for (const text of strange) t.equal(states.verify(text, expected, now), null, JSON.stringify(text));
  for (let round = 0; round < 2_000; round++) {
    const bytes = Buffer.from(Array.from({ length: random(80) }, () => random(256)));
    const text = random(2) === 0 ? bytes.toString('latin1') : `${bytes.toString('base64url')}.${tag}`;
    if (states.verify(text, expected, now) !== null) t.fail(JSON.stringify(text));
  }
  t.end();
});

await t.test('even what the key has signed must have the right shape', (t) => {
  for (const value of [
    null,
    7,
    {},
    [],
    ['call-1'],
    [7, 'token', request, now + 1_000],
    ['call-1', 'token', request, 'later'],
  ]) {
    const body = Buffer.from(JSON.stringify(value));
    const tag = createHmac('sha256', key).update(body).digest('base64url');
    t.equal(
      states.verify(`${body.toString('base64url')}.${tag}`, expected, now),
      null,
      JSON.stringify(value),
    );
  }
  t.end();
});

await t.test('a digest names method, name and arguments, not what a retry may change', (t) => {
  const params = { name: 'a', arguments: { x: [1, { y: 2 }] } };
  const digest = requestDigest('tools/call', params);
  const retry = { ...params, _meta: { progressToken: 2 }, requestState: 's', inputResponses: { q: {} } };
  t.equal(requestDigest('tools/call', retry), digest);
  const others = [
    ['prompts/get', params],
    ['tools/call', { ...params, name: 'b' }],
    ['tools/call', { ...params, arguments: { x: [1, { y: 3 }] } }],
    ['tools/call', { ...params, arguments: { x: [{ y: 2 }, 1] } }],
    ['tools/call', { ...params, extra: true }],
    ['tools/call', { name: 'a' }],
  ] as const;
  for (const [method, other] of others) t.not(requestDigest(method, other), digest, JSON.stringify(other));
  t.end();
});

await t.test('the order of keys is no part of a request: not every client keeps it', (t) => {
  const one = { name: 'a', arguments: { x: 1, y: { p: [1], q: null } } };
  const two = { arguments: { y: { q: null, p: [1] }, x: 1 }, name: 'a' };
  t.equal(requestDigest('tools/call', one), requestDigest('tools/call', two));
  t.end();
});
