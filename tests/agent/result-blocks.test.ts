import t from 'tap';
import { resultBlocks } from '../../runtime/agent/result-blocks.ts';

await t.test('content of every kind is told, nothing silently left out', (t) => {
  const { content, isError } = resultBlocks({
    content: [
      { type: 'text', text: 'words' },
      { type: 'image', mimeType: 'image/png', data: 'AAAA' },
      { type: 'image', mimeType: 'image/tiff', data: 'AAAA' },
      { type: 'resource', resource: { uri: 'a:b', text: 'inside' } },
      { type: 'resource', resource: { uri: 'a:c', blob: 'AAAA' } },
      { type: 'resource_link', uri: 'a:d' },
      { type: 'audio', data: 'AAAA' },
    ],
    isError: true,
  });
  t.equal(isError, true);
  t.same(content, [
    { type: 'text', text: 'words' },
    { type: 'image', mediaType: 'image/png', data: 'AAAA' },
    { type: 'text', text: '(an image of type image/tiff)' },
    { type: 'text', text: 'inside' },
    { type: 'text', text: '(the resource a:c)' },
    { type: 'text', text: '(the resource a:d)' },
    { type: 'text', text: '(content of type audio)' },
  ]);
  t.end();
});

await t.test('structured content stands in for missing content; what is too long says so', (t) => {
  t.same(resultBlocks({ structuredContent: { a: 1 } }).content, [{ type: 'text', text: '{"a":1}' }]);
  t.same(resultBlocks({}).content, [{ type: 'text', text: '(no content)' }]);
  const [long] = resultBlocks({ content: [{ type: 'text', text: 'x'.repeat(200_000) }] }).content;
  t.match(long, { text: /cut; 200000 characters in all/ });
  t.end();
});
