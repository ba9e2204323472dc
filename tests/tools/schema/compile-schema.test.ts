import t from 'tap';
import { compileSchema } from '../../../runtime/tools/schema/compile-schema.ts';
import { explainProblems } from '../../../runtime/tools/schema/problems.ts';

const DRAFT_07 = { $schema: 'http://json-schema.org/draft-07/schema#' };

await t.test('five problems at most, of any size, in short words', (test) => {
  const { validate } = compileSchema({ additionalProperties: { enum: ['x'.repeat(5_000)] } }, { tool: 'x' });
  const args = Object.fromEntries(
    Array.from({ length: 50 }, (_, index) => [`${'k'.repeat(5_000)}${index}`, index]),
  );
  const problems = validate(args) ?? [];
  test.equal(problems.length, 5);
  test.ok(explainProblems(problems).length < 1_500);
  test.end();
});

await t.test('a hidden sibling of $ref does nothing in draft 07, and something since', (test) => {
  const schema = {
    properties: { a: { $ref: '#/definitions/b', maxLength: 1 } },
    definitions: { b: { type: 'string' } },
  };
  test.equal(compileSchema({ ...DRAFT_07, ...schema }, { tool: 'x' }).validate({ a: 'ab' }), null);
  test.match(compileSchema(schema, { tool: 'x' }).validate({ a: 'ab' }), [{ path: '/a' }]);
  test.end();
});

const deep = (levels: number): object => (levels === 0 ? {} : { not: deep(levels - 1) });

await t.test('what is no schema, or too large, is refused with the reason', (test) => {
  const refused: readonly (readonly [unknown, RegExp])[] = [
    [null, /it is not an object/],
    ['string', /it is not an object/],
    [[], /it is not an object/],
    [deep(64), /nested more than 64 levels/],
    [{ enum: Array.from({ length: 20_001 }, (_, index) => index) }, /more than 20000 parts/],
    [{ description: 'x'.repeat(262_145) }, /more than 262144 characters/],
    [{ properties: { ['k'.repeat(262_145)]: {} } }, /more than 262144 characters/],
  ];
  for (const [schema, message] of refused) {
    test.throws(() => compileSchema(schema, { tool: 'github__x' }), { code: 'TOOL_SCHEMA_REFUSED', message });
  }
  test.ok(compileSchema(deep(63), { tool: 'x' }));
  test.end();
});

const alternatives = (levels: number): object =>
  levels === 0 ? { type: 'string' } : { anyOf: [alternatives(levels - 1), alternatives(levels - 1)] };

await t.test('an explanation of alternatives inside alternatives stays short and quick', (test) => {
  const { validate } = compileSchema({ properties: { a: alternatives(12) } }, { tool: 'x' });
  const text = explainProblems(validate({ a: 1 }) ?? []);
  test.match(text, /^\/a fits none of 2 alternatives \(fits none of 2 alternatives \| /);
  test.ok(text.length < 300);
  test.end();
});
