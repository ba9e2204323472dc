import t from 'tap';
import { imageType } from '../../../plugins/filesystem/src/image-type.ts';

const type = (head: string): string | undefined => imageType(Buffer.from(head, 'latin1'));

await t.test('pictures by their first bytes', (test) => {
  test.equal(type('\x89PNG\r\n\x1a\n....'), 'image/png');
  test.equal(type('\xff\xd8\xff\xe0'), 'image/jpeg');
  test.equal(type('GIF89a..'), 'image/gif');
  test.equal(type('RIFF....WEBPVP8 '), 'image/webp');
  for (const head of ['', '\x89PN', 'GIF8', '<svg>', 'WEBP']) test.equal(type(head), undefined);
  test.end();
});
