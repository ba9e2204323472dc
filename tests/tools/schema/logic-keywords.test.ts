import t from 'tap';
import { type Case, testCases } from '../../fixtures/schema-cases.ts';

const LOGIC: readonly Case[] = [
  {
    schema: { allOf: [{ minimum: 2 }, { maximum: 1 }] },
    fits: ['a'],
    fails: [[1.5, 'the input must be at least 2; the input must be at most 1']],
  },
  {
    schema: {
      properties: {
        n: {
          anyOf: [
            { type: 'integer' },
            { type: 'null' },
            { properties: { a: { type: 'string' } }, type: 'object' },
          ],
        },
      },
    },
    fits: [{ n: 1 }, { n: null }, { n: {} }],
    fails: [
      [
        { n: 'x' },
        '/n fits none of 3 alternatives (must be an integer, not a string | must be null, not a string | must be an object, not a string)',
      ],
      [
        { n: { a: 1 } },
        '/n fits none of 3 alternatives (must be an integer, not an object | must be null, not an object | /a must be a string, not an integer)',
      ],
    ],
  },
  {
    schema: { oneOf: [{ type: 'integer' }, { minimum: 2 }] },
    fits: [1, 2.5],
    fails: [
      [3, 'the input must fit one alternative only, and fits number 1 and 2'],
      [1.5, 'the input fits none of 2 alternatives (must be an integer, not a number | must be at least 2)'],
    ],
  },
  {
    schema: { not: { type: 'string' } },
    fits: [1],
    fails: [['a', 'the input has a form that is excluded']],
  },
  {
    schema: { if: { type: 'string' }, then: { minLength: 2 }, else: { type: 'integer' } },
    fits: ['ab', 1],
    fails: [
      ['a', 'the input must have at least 2 characters'],
      [null, 'the input must be an integer, not null'],
    ],
  },
  {
    schema: { properties: { a: false, b: true } },
    fits: [{ b: 1 }],
    fails: [[{ a: 1 }, '/a is not allowed']],
  },
];

await t.test('what several schemas say together', (test) => {
  testCases(test, LOGIC);
  test.end();
});
