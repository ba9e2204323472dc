import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import t, { type Test } from 'tap';
import { messageOf } from '../../../runtime/base/errors.ts';
import { compileSchema } from '../../../runtime/tools/schema/compile-schema.ts';
import { ATTACKS, type Attack } from '../../fixtures/schema-attacks.ts';

/** Ours take 1 ms to 200 ms; what they guard against takes minutes to centuries. */
const PATIENCE_MS = 10_000;
const AJV_PATIENCE_MS = 500;

await t.test('plain ajv stalls on every one, or falls over', async (test) => {
  for (const [index, { name }] of ATTACKS.entries()) {
    test.match(await tryAjv(test, index), /^(?:stalled|fell over: Maximum call stack)/, name);
  }
});

async function tryAjv(test: Test, index: number): Promise<string> {
  const worker = new Worker(new URL('../../fixtures/plain-ajv.ts', import.meta.url), { workerData: index });
  test.teardown(() => worker.terminate());
  try {
    await once(worker, 'message');
    await once(worker, 'message', { signal: AbortSignal.timeout(AJV_PATIENCE_MS) });
    return 'answered';
  } catch (error) {
    return error instanceof Error && error.name === 'AbortError'
      ? 'stalled'
      : `fell over: ${messageOf(error)}`;
  } finally {
    await worker.terminate();
  }
}

await t.test('ours answers or refuses every one', (test) => {
  for (const attack of ATTACKS) {
    const { answer, ms } = answerTo(attack);
    test.ok(ms < PATIENCE_MS, `${attack.name}: ${answer} after ${Math.round(ms)} ms`);
  }
  test.end();
});

function answerTo(attack: Attack): { readonly answer: string; readonly ms: number } {
  const { schema, args } = attack.make();
  const started = performance.now();
  let answer = '';
  try {
    answer = JSON.stringify(compileSchema(schema, { tool: 'x' }).validate(args));
  } catch (error) {
    answer = messageOf(error);
  }
  return { answer, ms: performance.now() - started };
}

await t.test('and each with the answer it should have', (test) => {
  const answers = Object.fromEntries(ATTACKS.map((attack) => [attack.name, answerTo(attack).answer]));
  const expected: Readonly<Record<string, RegExp>> = {
    'a pattern that backtracks': /must match/,
    'a pattern for keys that backtracks': /^null$/,
    'names that backtrack': /is no allowed key/,
    'unique items that are alike': /^null$/,
    'allOf doubling through $ref': /takes too long to check: more than 2000000 steps/,
    'anyOf doubling through $ref': /takes too long to check: more than 2000000 steps/,
    'oneOf doubling through $ref': /takes too long to check: more than 2000000 steps/,
    'alternatives that recurse alike': /takes too long to check: more than 2000000 steps/,
    'a schema that is itself': /more than 400 schemas inside each other/,
    'two schemas that are each other': /more than 400 schemas inside each other/,
    'arguments deeper than the stack': /more than 400 schemas inside each other/,
    'a schema deeper than the stack': /^TOOL_SCHEMA_REFUSED: .*nested more than 64 levels deep/,
    'many checks of many items': /takes too long to check/,
  };
  for (const [name, answer] of Object.entries(answers))
    test.match(answer, expected[name] ?? /no expectation/, name);
  test.end();
});

await t.test('names of code and of prototypes are only names', (test) => {
  const names = [
    '__proto__',
    'constructor',
    'hasOwnProperty',
    "']; globalThis.hacked = 1; //",
    '"+(globalThis.hacked=1)+"',
    '${globalThis.hacked=1}',
    '*/globalThis.hacked=1/*',
    '\u2028globalThis.hacked=1',
  ];
  for (const name of names) {
    const key = JSON.stringify(name);
    const schema: unknown =
      JSON.parse(`{"$id":${key},"$defs":{${key}:{"const":${key}}},"title":${key},"$comment":${key},
      "properties":{${key}:{"enum":[${key}],"format":${key},${key}:1}},"required":[${key}],"additionalProperties":false}`);
    const { validate } = compileSchema(schema, { tool: name });
    test.equal(validate(JSON.parse(`{${key}:${key}}`)), null, name);
    test.match(validate({}), [{ problem: 'is required' }], name);
    test.match(validate(JSON.parse(`{${key}:1}`)), [{ problem: /^must be "/ }], name);
    test.match(validate(JSON.parse(`{${key}:${key},"other":1}`)), [{ path: '/other' }], name);
  }
  test.notOk('hacked' in globalThis);
  test.notOk(Object.hasOwn(Object.prototype, 'enum'));
  test.end();
});
