import t from 'tap';
import { type Case, testCases } from '../../fixtures/schema-cases.ts';

const OBJECTS: readonly Case[] = [
  {
    schema: {
      properties: { title: { type: 'string' }, tags: { items: { type: 'string' } } },
      required: ['title'],
    },
    fits: [{ title: 'a', other: 1 }, { title: 'a', tags: [] }, []],
    fails: [
      [{}, '/title is required'],
      [
        { title: 1, tags: ['a', 2] },
        '/title must be a string, not an integer; /tags/1 must be a string, not an integer',
      ],
    ],
  },
  {
    schema: { properties: { title: {}, body: {} }, additionalProperties: false },
    fits: [{ title: 1 }],
    fails: [
      [{ titel: 1 }, '/titel is not a known key; did you mean "title"?'],
      [{ 'a/b~c': 1 }, '/a~1b~0c is not a known key; there are "title", "body"'],
    ],
  },
  { schema: { additionalProperties: false }, fits: [{}], fails: [[{ a: 1 }, '/a is not a known key']] },
  {
    schema: { patternProperties: { '^x-': { type: 'string' } }, additionalProperties: { type: 'integer' } },
    fits: [{ 'x-a': 'a', b: 1 }],
    fails: [
      [{ 'x-a': 1, b: 'a' }, '/x-a must be a string, not an integer; /b must be an integer, not a string'],
    ],
  },
  {
    schema: { minProperties: 1, maxProperties: 2 },
    fits: [{ a: 1 }],
    fails: [
      [{}, 'the input must have at least 1 key'],
      [{ a: 1, b: 2, c: 3 }, 'the input must have at most 2 keys'],
    ],
  },
  {
    schema: { propertyNames: { maxLength: 2 } },
    fits: [{ ab: 1 }],
    fails: [[{ abc: 1 }, '/abc is no allowed key: it must have at most 2 characters']],
  },
  {
    schema: {
      dependentRequired: { card: ['name'] },
      dependencies: { name: { required: ['city'] }, a: ['b'] },
    },
    fits: [{}, { card: 1, name: 1, city: 1 }],
    fails: [
      [{ card: 1 }, '/name is required with "card"'],
      [{ name: 1 }, '/city is required'],
      [{ a: 1 }, '/b is required with "a"'],
    ],
  },
  {
    schema: { dependentSchemas: { a: { properties: { b: { type: 'integer' } } } } },
    fits: [{ b: 'x' }, { a: 1, b: 1 }],
    fails: [[{ a: 1, b: 'x' }, '/b must be an integer, not a string']],
  },
  {
    schema: {
      properties: { a: true },
      anyOf: [{ properties: { b: { type: 'string' } } }, { properties: { c: true }, required: ['c'] }],
      if: { properties: { d: true }, required: ['d'] },
      not: { properties: { e: true }, required: ['e'], minProperties: 9 },
      unevaluatedProperties: false,
    },
    fits: [
      { a: 1, b: 'x' },
      { a: 1, b: 'x', c: 1, d: 1 },
    ],
    fails: [
      [{ e: 1 }, '/e is not allowed'],
      [{ b: 1, c: 1 }, '/b is not allowed'],
    ],
  },
  {
    schema: {
      properties: { __proto__: { type: 'string' }, constructor: { type: 'integer' } },
      required: ['toString'],
    },
    fits: [{ toString: 1 }],
    fails: [[{}, '/toString is required']],
  },
];

await t.test('what an object must be', (test) => {
  testCases(test, OBJECTS);
  test.end();
});
