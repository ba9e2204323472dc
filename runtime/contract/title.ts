import { z } from 'zod';

/** Of a thread or a schedule: it has something that can be seen. */
export const titleSchema = z
  .string()
  .max(200)
  .regex(/[^\s\p{C}]/u, { error: 'says nothing' });
