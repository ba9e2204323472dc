import { z } from 'zod';
import { changesSchema } from '../../contract/consent.ts';
import { manifestSchema, pluginNameSchema } from '../../contract/manifest.ts';
import { pinnedSourceSchema } from './pinned-source.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/, { error: 'must be a SHA-256 of 64 hexadecimal digits' });

/** Imported, and nobody has agreed to it yet: nothing of it runs, under no name. */
const waitingEntrySchema = z.strictObject({
  state: z.literal('waiting'),
  /** Stands for what its source would run. */
  origin: hash.optional(),
  /** Settings that a plugin of this name left; none when absent. */
  inherits: z.array(z.string()).optional(),
});

const approvedEntrySchema = z.strictObject({
  state: z.literal('approved'),
  changes: changesSchema,
  approvedAt: z.iso.datetime(),
  approvedBy: z.string(),
  source: pinnedSourceSchema,
  isolation: z.enum(['sandbox', 'process', 'worker']),
  permissions: manifestSchema.shape.permissions,
  limits: manifestSchema.shape.limits,
  /** What settings that permissions name stand for while nobody sets them, as JSON. */
  defaults: z.record(z.string(), z.string()).default({}),
  /** Settings that are secrets; none when absent. */
  secrets: z.array(z.string()).optional(),
  /** The tool that is called unasked to check it; absent in files of older programs, which pinned none. */
  health: z
    .strictObject({ tool: z.string(), arguments: z.record(z.string(), z.unknown()) })
    .nullable()
    .optional(),
  /** What its tools' names begin with; its name when absent. */
  prefix: z.string().optional(),
  /** How single tools are treated. */
  policies: manifestSchema.shape.tools,
  /** Hash of all that can run or steer it; null where it is followed. */
  artifact: hash.nullable(),
  /** Hash of each tool's definition; null where they are followed, and until they were listed once. */
  tools: z.record(z.string(), hash).nullable(),
});

/** What was agreed to of one plugin. */
export const lockEntrySchema = z.discriminatedUnion('state', [waitingEntrySchema, approvedEntrySchema]);

/** `nexus.lock.json`. Closed: a key that is not known could be one that a newer program relies on. */
export const lockSchema = z.strictObject({
  version: z.literal(1, { error: 'must be 1; a newer Nexus wrote the file' }),
  plugins: z.record(pluginNameSchema, lockEntrySchema),
});

export type LockEntry = z.infer<typeof lockEntrySchema>;
export type ApprovedEntry = z.infer<typeof approvedEntrySchema>;
