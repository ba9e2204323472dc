import { z } from 'zod';
import type { Scope } from './scope.ts';

/**
 * Who stands behind a text that assistants are told. `person`: somebody wrote or approved it, and it may say what to do.
 * `assistant`: an assistant wrote it of its own, having read nothing foreign. `untrusted`: it comes from, or was written after
 * reading, what nobody vouches for. The last two are data, whatever they say.
 */
export const trustSchema = z.enum(['person', 'assistant', 'untrusted']);
export type Trust = z.infer<typeof trustSchema>;

const memoryScopeSchema = z.enum(['user', 'assistant', 'organisation']);

const mostChars = 4_000;

export const memorySchema = z
  .object({
    id: z.string(),
    scope: memoryScopeSchema.describe('For whom: one user, one assistant, or everybody'),
    assistant: z.string().nullable().describe('Of which assistant, where the scope is that'),
    text: z.string(),
    trust: trustSchema,
    thread: z.string().nullable().describe('Where it was written, of an assistant'),
    execution: z.string().nullable(),
    createdAt: z.int(),
    deletedAt: z.int().nullable(),
    approvedAt: z.int().nullable(),
    approvedBy: z.string().nullable(),
  })
  .meta({ id: 'Memory' });
export type Memory = z.infer<typeof memorySchema>;

export const newMemorySchema = z
  .strictObject({
    text: z.string().trim().min(1).max(mostChars),
    scope: memoryScopeSchema.default('user'),
    assistant: z.string().max(64).optional().describe('Of which assistant, where the scope is that'),
  })
  .meta({ id: 'NewMemory' });
export type NewMemory = z.infer<typeof newMemorySchema>;

export const memoryQuerySchema = z.strictObject({
  search: z.string().max(500).optional(),
  scope: memoryScopeSchema.optional(),
  trust: trustSchema.optional(),
  deleted: z.enum(['true', 'false']).default('false'),
  before: z.string().optional().describe('Id of the last one of the page before'),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
export type MemoryQuery = z.infer<typeof memoryQuerySchema>;

/** Where a memory comes from that no person wrote. */
export interface MemoryOrigin {
  readonly trust: Exclude<Trust, 'person'>;
  readonly thread: string;
  readonly execution: string;
  /** Id of the model's call: the same call never writes two. */
  readonly call: string;
}

/** What assistants keep in mind over conversations. */
export interface Memories {
  /** Of a person where there is no origin. */
  add(scope: Scope, memory: NewMemory, origin?: MemoryOrigin): Promise<Memory>;
  /** Newest first; by relevance where words are searched. */
  list(scope: Scope, query: MemoryQuery): Promise<readonly Memory[]>;
  get(scope: Scope, id: string): Promise<Memory | null>;
  /** What bears on a text, the best first: words in common, and how new it is. */
  relevant(
    scope: Scope,
    about: {
      readonly text: string;
      readonly assistant: string;
      readonly before: number;
      readonly limit: number;
    },
  ): Promise<readonly Memory[]>;
  /** A person vouches for it. Throws MEMORY_UNKNOWN. */
  approve(scope: Scope, id: string): Promise<Memory>;
  /** Trashed memories are told to nobody and keep their data until they are purged. Throws MEMORY_UNKNOWN. */
  setDeleted(scope: Scope, id: string, deleted: boolean): Promise<Memory>;
  /** Deletes what was trashed more than `olderThanMs` ago, `chunk` in one transaction; returns how many went. */
  purge(scope: Scope, olderThanMs: number, chunk: number, signal?: AbortSignal): Promise<number>;
}

/** Of a file of the workspace: which content a person vouched for. */
export interface TrustedFiles {
  isTrusted(scope: Scope, path: string, sha256: string): Promise<boolean>;
  trust(scope: Scope, path: string, sha256: string): Promise<void>;
}

/** A file of the workspace, as a person sees it before vouching for it. */
export const memoryFileSchema = z
  .object({
    path: z.string(),
    text: z.string(),
    sha256: z.string(),
    isCut: z.boolean().describe('Whether it is longer than what is shown'),
    trusted: z.boolean().describe('Whether a person vouched for exactly this content'),
  })
  .meta({ id: 'MemoryFile' });
export const memoryFileQuerySchema = z.strictObject({ path: z.string().min(1).max(1_000) });
export const writtenFileSchema = z
  .strictObject({
    path: z.enum(['USER.md', 'MEMORY.md']),
    text: z.string().max(200_000),
    sha256: z
      .string()
      .length(64)
      .nullable()
      .describe('Of what was seen before; null when there was no such file'),
  })
  .meta({ id: 'WrittenFile' });
export const memoryFileTrustSchema = z
  .strictObject({ path: z.string().min(1).max(1_000), sha256: z.string().length(64) })
  .meta({ id: 'MemoryFileTrust' });
