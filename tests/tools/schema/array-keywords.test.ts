import t from 'tap';
import { type Case, testCases } from '../../fixtures/schema-cases.ts';

const LISTS: readonly Case[] = [
  {
    schema: { items: { type: 'string' } },
    fits: [[], ['a'], {}],
    fails: [[['a', 1, 'b', null], '/1 must be a string, not an integer; /3 must be a string, not null']],
  },
  {
    schema: { prefixItems: [{ type: 'string' }], items: false },
    fits: [[], ['a']],
    fails: [[['a', 1], '/1 is not allowed']],
  },
  {
    schema: { items: [{ type: 'string' }], additionalItems: { type: 'integer' } },
    fits: [['a', 1]],
    fails: [[[1, 'a'], '/0 must be a string, not an integer; /1 must be an integer, not a string']],
  },
  {
    schema: { minItems: 1, maxItems: 2 },
    fits: [[1], [1, 2]],
    fails: [
      [[], 'the input must have at least 1 item'],
      [[1, 2, 3], 'the input must have at most 2 items'],
    ],
  },
  {
    schema: { uniqueItems: true },
    fits: [[1, '1', true, [1], ['1'], { a: 1 }, { a: '1' }, null, 'null']],
    fails: [
      [[1, 2, 1.0], '/2 repeats an earlier item'],
      [
        [
          { a: 1, b: [2] },
          { b: [2], a: 1 },
        ],
        '/1 repeats an earlier item',
      ],
    ],
  },
  {
    schema: { contains: { type: 'integer' } },
    fits: [['a', 1]],
    fails: [[['a'], 'the input must have at least 1 item of a certain kind, not 0']],
  },
  {
    schema: { contains: { const: 1 }, minContains: 0, maxContains: 1 },
    fits: [[], [1], [1, 2]],
    fails: [[[1, 1], 'the input must have at most 1 item of a certain kind, not 2']],
  },
  {
    schema: { contains: { type: 'string' }, prefixItems: [true], unevaluatedItems: { type: 'null' } },
    fits: [[1, 'a', null]],
    fails: [[['x', 1], '/1 must be null, not an integer']],
  },
];

await t.test('what a list must be', (test) => {
  testCases(test, LISTS);
  test.end();
});
