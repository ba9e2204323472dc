import t from 'tap';
import { shapeResult } from '../../../../runtime/edge/mcp/relay/shape.ts';
import { metaKeys } from '../../../fixtures/wire.ts';

await t.test(
  'a result for a modern client: complete, signed with the server, cacheable where it may be',
  (t) => {
    const result = Object.freeze({ content: [], 'x-unknown': 1, _meta: { a: 1 } });
    t.match(shapeResult('tools/call', result, 'modern'), {
      content: [],
      'x-unknown': 1,
      resultType: 'complete',
      _meta: { a: 1, [metaKeys.server]: { name: 'nexus' } },
    });
    t.notOk('ttlMs' in shapeResult('tools/call', result, 'modern'));
    for (const method of [
      'tools/list',
      'prompts/list',
      'resources/list',
      'resources/templates/list',
      'resources/read',
    ]) {
      t.match(shapeResult(method, {}, 'modern'), { ttlMs: 0, cacheScope: 'private' }, method);
    }
    t.match(
      shapeResult('resources/read', { ttlMs: 5_000, cacheScope: 'public' }, 'modern'),
      { ttlMs: 5_000, cacheScope: 'public' },
      'what the plugin says of it counts',
    );
    t.match(shapeResult('tools/call', { resultType: 'strange', _meta: 'text' }, 'modern'), {
      resultType: 'complete',
    });
    t.end();
  },
);

await t.test('a result for a legacy client has no word of the other era', (t) => {
  const result = { resultType: 'complete', content: [], 'x-unknown': 1, _meta: { a: 1 } };
  t.strictSame(shapeResult('tools/call', result, 'legacy'), { content: [], 'x-unknown': 1, _meta: { a: 1 } });
  t.strictSame(shapeResult('resources/list', { resources: [] }, 'legacy'), { resources: [] });
  t.end();
});

await t.test('structured content of a legacy client is an object, wrapped where it is none', (t) => {
  for (const value of [[], 'text', 7, false, null, '']) {
    t.strictSame(shapeResult('tools/call', { structuredContent: value }, 'legacy'), {
      structuredContent: { result: value },
    });
  }
  t.strictSame(shapeResult('tools/call', { structuredContent: { a: 1 } }, 'legacy'), {
    structuredContent: { a: 1 },
  });
  t.strictSame(shapeResult('tools/call', {}, 'legacy'), {});
  t.strictSame(shapeResult('prompts/get', { structuredContent: 7 }, 'legacy'), { structuredContent: 7 });
  t.end();
});

await t.test('output schemas are wrapped like the content they describe', (t) => {
  const array = { type: 'array', items: { type: 'string' } };
  const tools = [
    { name: 'a', outputSchema: array, 'x-unknown': 1 },
    { name: 'b', outputSchema: { type: 'object', properties: {} } },
    { name: 'c' },
    'no tool',
    { name: 'd', outputSchema: true },
  ];
  t.strictSame(shapeResult('tools/list', { tools }, 'legacy'), {
    tools: [
      {
        name: 'a',
        outputSchema: { type: 'object', properties: { result: array }, required: ['result'] },
        'x-unknown': 1,
      },
      ...tools.slice(1),
    ],
  });
  t.strictSame(shapeResult('tools/list', { tools: 'none' }, 'legacy'), { tools: 'none' });
  t.end();
});
