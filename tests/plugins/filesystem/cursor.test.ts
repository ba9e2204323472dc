import t from 'tap';
import { z } from 'zod';
import { decodeCursor, encodeCursor } from '../../../plugins/filesystem/src/cursor.ts';

await t.test('what was packed is unpacked, anything else refused', (test) => {
  const schema = z.array(z.string());
  test.same(decodeCursor(encodeCursor(['ü/🦊', '']), schema), ['ü/🦊', '']);
  for (const cursor of ['', 'x', '%', encodeCursor({ a: 1 }), encodeCursor([1])]) {
    test.throws(() => decodeCursor(cursor, schema), { code: 'INVALID_ARGUMENT' });
  }
  test.end();
});
