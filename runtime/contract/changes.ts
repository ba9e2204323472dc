import { z } from 'zod';

const changeTypes = [
  'plugin',
  'run',
  'approval',
  'thread',
  'task',
  'setting',
  'alert',
  'usage',
  'reset',
] as const;

/** What changed, so that a page reads it again; it does not say what it is now. */
export const changeSchema = z
  .object({
    type: z
      .enum(changeTypes)
      .describe('reset: too much happened to tell it all, everything may have changed'),
    id: z.string().nullable().describe('Null: more than one'),
  })
  .meta({ id: 'Change' });
export type Change = z.infer<typeof changeSchema>;

/** Tells pages what changed. Announces, never steers. */
export interface Changes {
  tell(type: Change['type'], id: string | null): void;
  /** Told of what changed since the last time, each thing once. Returns the end of it. */
  listen(listener: (changes: readonly Change[]) => void): () => void;
}
