import t from 'tap';
import { resourcesAbove } from '../../../../runtime/edge/mcp/relay/sub-resource.ts';

await t.test('a resource and all above it, nearest first', (t) => {
  t.same(
    [...resourcesAbove('file:///a/b.json?v=1#/key')],
    [
      'file:///a/b.json?v=1#/key',
      'file:///a/b.json?v=1#/',
      'file:///a/b.json?v=1#',
      'file:///a/b.json?v=1#',
      'file:///a/b.json?v=1',
      'file:///a/b.json?',
      'file:///a/b.json',
      'file:///a/',
      'file:///a',
      'file:///',
      'file://',
      'file://',
      'file:/',
      'file:/',
      'file:',
    ],
  );
  t.same([...resourcesAbove('urn:isbn:1')], ['urn:isbn:1']);
  t.same([...resourcesAbove('a/')], ['a/', 'a']);
  t.same([...resourcesAbove('')], ['']);
  t.end();
});

await t.test('a URI made to be slow is looked for as it is', (t) => {
  t.same([...resourcesAbove('/'.repeat(5_000_000))].length, 1);
  t.end();
});
