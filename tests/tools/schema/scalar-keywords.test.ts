import t from 'tap';
import { type Case, testCases } from '../../fixtures/schema-cases.ts';

const DRAFT_04 = { $schema: 'http://json-schema.org/draft-04/schema#' };

const SCALARS: readonly Case[] = [
  { schema: {}, fits: [null, 1, 'a', [], {}], fails: [] },
  {
    schema: { type: 'integer' },
    fits: [1, -5, 1.0, 1e300],
    fails: [
      [1.5, 'the input must be an integer, not a number'],
      ['1', 'the input must be an integer, not a string'],
    ],
  },
  {
    schema: { type: 'number' },
    fits: [1, 1.5],
    fails: [[true, 'the input must be a number, not true or false']],
  },
  {
    schema: { type: ['string', 'null'] },
    fits: ['', null],
    fails: [[[], 'the input must be a string or null, not a list']],
  },
  {
    schema: { type: 'string', nullable: true },
    fits: ['', null],
    fails: [[{}, 'the input must be a string or null, not an object']],
  },
  { schema: { type: 'any' }, fits: [1, null], fails: [] },
  {
    schema: { enum: ['a', 1, null, { b: [1, 2], c: 0 }] },
    fits: ['a', 1, 1.0, null, { c: -0, b: [1, 2] }],
    fails: [
      ['1', 'the input must be one of "a", 1, null, a certain object'],
      [{ b: [2, 1], c: 0 }, 'the input must be one of "a", 1, null, a certain object'],
      [[], 'the input must be one of "a", 1, null, a certain object'],
    ],
  },
  { schema: { const: false }, fits: [false], fails: [[0, 'the input must be false']] },
  { schema: { const: null }, fits: [null], fails: [[{}, 'the input must be null']] },
  {
    schema: { minimum: 1, maximum: 3 },
    fits: [1, 3, '0'],
    fails: [
      [0.9, 'the input must be at least 1'],
      [4, 'the input must be at most 3'],
    ],
  },
  {
    schema: { exclusiveMinimum: 1, exclusiveMaximum: 3 },
    fits: [1.1, 2.9],
    fails: [
      [1, 'the input must be more than 1'],
      [3, 'the input must be less than 3'],
    ],
  },
  {
    schema: { ...DRAFT_04, minimum: 1, exclusiveMinimum: true, maximum: 2, exclusiveMaximum: true },
    fits: [1.5],
    fails: [
      [1, 'the input must be more than 1'],
      [2, 'the input must be less than 2'],
    ],
  },
  {
    schema: { multipleOf: 0.0001 },
    fits: [0.0075, 0, -3],
    fails: [[0.00751, 'the input must be a multiple of 0.0001']],
  },
  {
    schema: { multipleOf: 0.123456789 },
    fits: [],
    fails: [[1e308, 'the input must be a multiple of 0.123456789']],
  },
  {
    schema: { minLength: 2, maxLength: 3 },
    fits: ['ab', '😀😀', '😀😀😀', 1],
    fails: [
      ['😀', 'the input must have at least 2 characters'],
      ['😀😀😀😀', 'the input must have at most 3 characters'],
      ['abcd', 'the input must have at most 3 characters'],
    ],
  },
  { schema: { format: 'email', contentEncoding: 'base64' }, fits: ['anything'], fails: [] },
  {
    schema: { minLength: '2', maximum: null, required: true, items: 5, properties: [], enum: {} },
    fits: ['', 9, {}, [1]],
    fails: [],
  },
];

await t.test('what a text, a number, true, false or null must be', (test) => {
  testCases(test, SCALARS);
  test.end();
});
