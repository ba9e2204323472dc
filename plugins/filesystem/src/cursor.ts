import type * as z from 'zod';
import { FileFault } from './faults.ts';

/** Packs where a page ended into an opaque string. */
export function encodeCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Unpacks a cursor; anything that was not made by encodeCursor for this tool is refused. */
export function decodeCursor<T>(cursor: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch (error) {
    throw new FileFault(
      'INVALID_ARGUMENT',
      'The cursor is not one this tool gave',
      'Pass "next_cursor" as it came, with the same other arguments, or start without a cursor',
      error,
    );
  }
}
