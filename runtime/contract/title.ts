import { z } from 'zod';

/** A text of at most so many characters in which something can be seen. */
export function visibleTextSchema(mostChars: number) {
  return z
    .string()
    .max(mostChars)
    .regex(/[^\s\p{C}]/u, { error: 'says nothing' });
}

/** Of a thread or a schedule. */
export const titleSchema = visibleTextSchema(200);
