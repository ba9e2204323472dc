import { z } from 'zod';
import type { JsonObject } from './plugins.ts';
import type { Scope } from './scope.ts';
import type { ToolEntry } from './tools.ts';

const mostRules = 64;
// z.json() cannot be told in an OpenAPI document.
const jsonSchema = z.unknown().refine((value) => value !== undefined, 'a value');
const optional = z.literal(true).optional().describe('The argument may be absent');
const scalarSchema = z.union([z.string().max(4_096), z.number(), z.boolean(), z.null()]);

/** What a lease says of one argument. Nothing is converted: the text "5" is not the number 5. */
export const leaseRuleSchema = z
  .union([
    z.strictObject({ equals: jsonSchema.describe('Exactly this value, whatever its type'), optional }),
    z.strictObject({ oneOf: z.array(scalarSchema).min(1).max(100), optional }),
    z.strictObject({
      prefix: z
        .string()
        .min(1)
        .max(1_024)
        .describe('A folder, or an http(s) address: it and what lies below it'),
      optional,
    }),
    z.strictObject({ min: z.number(), max: z.number().optional(), optional }),
    z.strictObject({ max: z.number(), optional }),
    z.strictObject({ any: z.literal(true), optional }),
  ])
  .meta({ id: 'LeaseRule' });
export type LeaseRule = z.infer<typeof leaseRuleSchema>;

/** Rules by JSON Pointer (RFC 6901). An argument without one is not covered. */
export const leaseArgumentsSchema = z
  .record(
    z
      .string()
      .max(512)
      .regex(/^(?:\/(?:[^/~]|~[01])*)+$/),
    leaseRuleSchema,
  )
  .refine((rules) => Object.keys(rules).length <= mostRules, `at most ${mostRules} rules`)
  .refine((rules) => JSON.stringify(rules).length <= 65_536, 'at most 64 KiB')
  .describe('By JSON Pointer, such as "/path"; an argument that is not named is not covered');
export type LeaseArguments = z.infer<typeof leaseArgumentsSchema>;

/** Lets later runs of a tool pass without a question. */
export const leaseGrantSchema = z
  .strictObject({
    count: z.int().min(1).max(1_000).describe('How many runs'),
    hours: z.number().positive().max(720).describe('For how long'),
    arguments: leaseArgumentsSchema.optional().describe('Which arguments; those of the question when absent'),
  })
  .meta({ id: 'LeaseGrant' });
export type LeaseGrant = z.infer<typeof leaseGrantSchema>;

const leaseStateSchema = z.enum(['ACTIVE', 'USED', 'EXPIRED', 'REVOKED']);

export const leaseSchema = z
  .object({
    id: z.string(),
    state: leaseStateSchema,
    tool: z.string().describe('Public name'),
    plugin: z.string(),
    effect: z.string(),
    arguments: leaseArgumentsSchema,
    covers: z.array(z.string()).describe('The rules in words'),
    count: z.int(),
    used: z.int(),
    createdAt: z.int(),
    createdBy: z.string(),
    expiresAt: z.int(),
    revokedAt: z.int().nullable(),
    approval: z.string().nullable().describe('The question it was granted with'),
  })
  .meta({ id: 'Lease' });
export type Lease = z.infer<typeof leaseSchema>;

/** A lease on record. `definition` is the hash of the tool it was granted for. */
export type StoredLease = Omit<Lease, 'state' | 'covers'> & { readonly definition: string };

export const leasePreviewRequestSchema = z.strictObject({
  tool: z.string().describe('Public name'),
  arguments: leaseArgumentsSchema,
});
export const leasePreviewSchema = z
  .object({
    tool: z.string(),
    covers: z.array(z.string()).describe('The rules in words'),
    covered: z.int(),
    runs: z
      .array(
        z.object({
          id: z.string(),
          at: z.int(),
          state: z.string(),
          verdict: z
            .enum(['covered', 'outside', 'unknown'])
            .describe('unknown: its arguments are not kept whole'),
          reason: z.string(),
        }),
      )
      .describe('The last 200 runs of the tool, newest first'),
  })
  .meta({ id: 'LeasePreview' });
export type LeasePreview = z.infer<typeof leasePreviewSchema>;

/** What people have allowed beforehand. */
export interface Leases {
  list(scope: Scope, query: { readonly all: boolean; readonly limit: number }): Promise<readonly Lease[]>;
  /** Throws TOOL_UNKNOWN or LEASE_INVALID. `args` stand for the arguments a grant does not name. */
  prepare(scope: Scope, entry: ToolEntry, grant: LeaseGrant, args: JsonObject | null): StoredLease;
  /** Puts a lease on record that belongs to no question. */
  grant(scope: Scope, tool: string, grant: LeaseGrant): Promise<Lease>;
  /** Throws LEASE_UNKNOWN. To revoke it twice is harmless. */
  revoke(scope: Scope, id: string): Promise<Lease>;
  preview(scope: Scope, tool: string, rules: LeaseArguments): Promise<LeasePreview>;
}
