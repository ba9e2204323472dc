import t from 'tap';
import { compileSchema } from '../../../runtime/tools/schema/compile-schema.ts';

const string = { type: 'string' };

/** Each schema wants `a` to be a string. */
const LOCAL: Readonly<Record<string, object>> = {
  'a pointer': { $defs: { s: string }, properties: { a: { $ref: '#/$defs/s' } } },
  'a pointer with escapes': {
    $defs: { 'a/b~c %': string },
    properties: { a: { $ref: '#/$defs/a~1b~0c%20%25' } },
  },
  'a pointer into a list': {
    $defs: { l: [0, string] },
    properties: { a: { $ref: '#/$defs/l/1' } },
  },
  'an anchor': { $defs: { s: { $anchor: 'text', ...string } }, properties: { a: { $ref: '#text' } } },
  'a dynamic anchor': {
    $defs: { s: { $dynamicAnchor: 'text', ...string } },
    properties: { a: { $dynamicRef: '#text' } },
  },
  'an anchor of draft 07': {
    $schema: 'http://json-schema.org/draft-07/schema#',
    definitions: { s: { $id: '#text', ...string } },
    properties: { a: { $ref: '#text' } },
  },
  'an id': {
    $defs: { s: { $id: 'https://example.org/text', ...string } },
    properties: { a: { $ref: 'https://example.org/text' } },
  },
  'an id relative to another': {
    $id: 'https://example.org/tools/x',
    $defs: { s: { $id: 'text', $defs: { t: string } } },
    properties: { a: { $ref: '/tools/text#/$defs/t' } },
  },
  'a pointer inside a part with an id': {
    properties: { a: { $id: 'https://example.org/part', $defs: { s: string }, $ref: '#/$defs/s' } },
    $defs: { s: { type: 'null' } },
  },
  'its own id with a fragment': {
    $id: 'urn:uuid:1',
    $defs: { s: string },
    properties: { a: { $ref: 'urn:uuid:1#/$defs/s' } },
  },
  'a reference to a reference': {
    $defs: { s: string, r: { $ref: '#/$defs/s' } },
    properties: { a: { $ref: '#/$defs/r' } },
  },
};

await t.test('references inside the schema', (test) => {
  for (const [name, schema] of Object.entries(LOCAL)) {
    const { validate, warnings } = compileSchema(schema, { tool: 'x' });
    test.same(warnings, [], name);
    test.equal(validate({ a: 'text' }), null, name);
    test.match(validate({ a: 1 }), [{ path: '/a', problem: 'must be a string, not an integer' }], name);
  }
  test.end();
});

await t.test('a schema that contains itself', (test) => {
  const { validate } = compileSchema(
    { type: 'object', properties: { children: { items: { $ref: '#' } }, name: string }, required: ['name'] },
    { tool: 'x' },
  );
  test.equal(validate({ name: 'a', children: [{ name: 'b', children: [] }] }), null);
  test.match(validate({ name: 'a', children: [{ name: 'b', children: [{}] }] }), [
    { path: '/children/0/children/0/name', problem: 'is required' },
  ]);
  test.end();
});

await t.test('references to elsewhere are never followed: they are not checked, and said so', (test) => {
  const references = [
    'https://json-schema.org/draft/2020-12/schema',
    'http://127.0.0.1:1/schema',
    'file:///etc/passwd',
    'other.json',
    '#/$defs/missing',
    '#missing',
    '#/constructor/prototype',
    '#/__proto__',
    '#/enum/0/x',
    '//',
    'http://[',
    '#%',
  ];
  for (const $ref of references) {
    const schema = {
      properties: { a: { $ref } },
      required: ['a'],
      enum: [{ a: 1, $id: 'other.json', $anchor: 'missing' }],
    };
    const { validate, warnings } = compileSchema(schema, { tool: 'x' });
    test.match(warnings, [/^\$ref ".*" is not checked: it does not lead to a place in this schema$/], $ref);
    test.equal(validate({ a: 1, $id: 'other.json', $anchor: 'missing' }), null, $ref);
    test.match(validate({}), [{ path: '' }, { path: '/a', problem: 'is required' }], 'the rest is checked');
  }
  test.end();
});
