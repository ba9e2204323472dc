import { z } from 'zod';
import { healthSummarySchema, pluginHealthSchema } from './health.ts';
import { effectSchema, manifestSchema, pluginNameSchema } from './manifest.ts';
import type { PluginStatus } from './plugins.ts';
import type { RunRecord } from './runs.ts';
import type { ProbeResult } from './sandbox.ts';

// What the HTTP API answers and the command line reads. `id` names the schema in the OpenAPI document.

const jsonObjectSchema = z.record(z.string(), z.unknown());

/** The body of every answer that is not a success. */
export const errorBodySchema = z
  .object({
    error: z.object({
      code: z.string().describe('An entry of docs/errors.md'),
      message: z.string().describe('CODE: what happened. What to do.'),
      data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
    }),
  })
  .meta({ id: 'Error' });

const held = z.enum(['enforced', 'advisory', 'none']);
const enforcementSchema = z.object({ files: held, network: held, processes: held, memory: held });

/** A plugin: its status and how many tools it offers. */
export const pluginSchema = z
  .object({
    name: z.string(),
    state: z.enum([
      'disabled',
      'available',
      'configured',
      'starting',
      'active',
      'draining',
      'stopped',
      'error',
      'quarantined',
    ]),
    reason: z.string(),
    nextStep: z.string(),
    enabled: z.boolean(),
    tier: z.enum(['sandbox', 'process', 'worker']).nullable().describe('In force now'),
    mechanism: z.string().nullable(),
    enforcement: enforcementSchema.nullable(),
    pid: z.int().nullable(),
    era: z.enum(['modern', 'legacy']).nullable(),
    restarts: z.int(),
    calls: z.int(),
    inFlight: z.int(),
    startedAt: z.int().nullable().describe('Milliseconds since 1970'),
    source: z.string(),
    warnings: z.array(z.string()).readonly(),
    pending: z
      .object({
        kind: z.enum(['starting', 'failed', 'held']),
        reason: z.string(),
        nextStep: z.string(),
        since: z.int(),
      })
      .nullable()
      .describe('A change that is not in force; what was in force before serves on'),
    tools: z.int().describe('How many tools it offers'),
    heldTools: z
      .array(z.string())
      .readonly()
      .describe('Tools, and prompts as prompt:NAME, that wait for approval and are not offered'),
  })
  .meta({ id: 'Plugin' }) satisfies z.ZodType<PluginStatus>;

/** A plugin as lists show it. */
export const listedPluginSchema = pluginSchema
  .extend({ health: healthSummarySchema })
  .meta({ id: 'ListedPlugin' });

const approvalPolicySchema = z.enum(['never', 'always']);

/** One tool under its public name. */
export const toolSchema = z
  .object({
    name: z.string().describe('Public name'),
    plugin: z.string(),
    tool: z.string().describe("The plugin's own name of it"),
    title: z.string().nullable(),
    description: z.string(),
    effect: effectSchema,
    approval: approvalPolicySchema,
    policy: z
      .object({ effect: effectSchema.nullable(), approval: approvalPolicySchema.nullable() })
      .describe('What its manifest says of it; null where it says nothing'),
    asks: z
      .enum(['always', 'assistant', 'after-results', 'never'])
      .describe(
        'Before which calls a person is asked: every one; those of an assistant; those of an assistant that was told results; none',
      ),
    whyAsks: z.string().nullable().describe('Why somebody is asked; null when nobody is'),
    inputSchema: jsonObjectSchema,
    outputSchema: jsonObjectSchema.nullable(),
    annotations: jsonObjectSchema,
  })
  .meta({ id: 'Tool' });

/** What a manifest is to say of one tool; null takes the word back, and the kernel is careful. */
export const toolPolicyChangeSchema = z
  .strictObject({
    tool: z.string().min(1).describe("The plugin's own name of it"),
    effect: effectSchema.nullable().optional().describe('Absent: as it is'),
    approval: approvalPolicySchema.nullable().optional().describe('Absent: as it is'),
  })
  .meta({ id: 'ToolPolicyChange' });

/** A plugin with its manifest (secrets left out) and its tools. */
export const pluginDetailSchema = z
  .object({
    status: pluginSchema,
    health: pluginHealthSchema,
    manifest: jsonObjectSchema.nullable().describe('With defaults filled in; null unless enabled and valid'),
    manifestFile: z.string(),
    tools: z.array(toolSchema),
  })
  .meta({ id: 'PluginDetail' });

/** The last lines a plugin wrote to stderr. */
export const pluginLogSchema = z
  .object({ plugin: z.string(), lines: z.array(z.string()).readonly().describe('Oldest first') })
  .meta({ id: 'PluginLog' });

/** A manifest that does not exist yet. */
export const newPluginSchema = manifestSchema.extend({ name: pluginNameSchema }).meta({ id: 'NewPlugin' });

/** The manifest as it was written. */
export const addedPluginSchema = z
  .object({ name: z.string(), manifestFile: z.string(), manifest: jsonObjectSchema })
  .meta({ id: 'AddedPlugin' });

export const callSchema = z
  .strictObject({
    tool: z.string().min(1).describe('Public name, or plugin.tool'),
    arguments: jsonObjectSchema.default({}),
  })
  .meta({ id: 'Call' });

/** A tool that reports an error itself (`isError` of its result) is a success of the call. */
export const callResultSchema = z
  .object({ run: z.string().describe('Id of the tool run'), result: jsonObjectSchema })
  .meta({ id: 'CallResult' });

const runStateSchema = z.enum(['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'DENIED', 'CANCELED', 'UNKNOWN']);

/** One tool run; times are milliseconds since 1970. */
export const runSchema = z
  .object({
    id: z.string(),
    plugin: z.string(),
    tool: z.string(),
    effect: effectSchema,
    state: runStateSchema,
    error: z.string().nullable(),
    source: z.string(),
    client: z.string().nullable(),
    user: z.string(),
    actor: z.string(),
    queuedAt: z.int(),
    startedAt: z.int().nullable(),
    endedAt: z.int().nullable(),
    durationMs: z.int().nullable().describe('From queued to ended'),
    args: z.unknown().describe('Redacted; null when it was too large to keep'),
    result: z.unknown(),
  })
  .meta({ id: 'Run' }) satisfies z.ZodType<Omit<RunRecord, 'args' | 'result'>>;

export const runQuerySchema = z.object({
  plugin: z.string().optional(),
  tool: z.string().optional().describe("The plugin's own name of it"),
  state: runStateSchema.optional(),
  before: z.string().optional().describe('Id of the last run of the page before'),
  limit: z.coerce.number().int().min(1).max(1_000).default(50),
});

const probeSchema = z.object({
  mechanism: z.string(),
  works: z.boolean(),
  reason: z.string(),
  remedy: z.string(),
}) satisfies z.ZodType<ProbeResult>;

/** What this machine can do, and what keeps the kernel from doing more. */
export const doctorSchema = z
  .object({
    version: z.string(),
    running: z.boolean().describe('Whether a kernel answered; without one there are no plugins to report on'),
    url: z.string().nullable(),
    pid: z.int().nullable(),
    node: z.string(),
    system: z.string(),
    tier: z.enum(['sandbox', 'process', 'worker']).describe('The strongest this machine enforces'),
    mechanism: z.string(),
    probes: z.array(probeSchema).readonly(),
    allowUnsandboxed: z.boolean(),
    paths: z.record(z.string(), z.string()),
    troubles: z.array(z.object({ plugin: z.string(), text: z.string() })).readonly(),
  })
  .meta({ id: 'Doctor' });

export type Plugin = z.infer<typeof pluginSchema>;
export type ListedPlugin = z.infer<typeof listedPluginSchema>;
export type PluginDetail = z.infer<typeof pluginDetailSchema>;
export type Tool = z.infer<typeof toolSchema>;
export type ToolPolicyChange = z.infer<typeof toolPolicyChangeSchema>;
export type Run = z.infer<typeof runSchema>;
export type Doctor = z.infer<typeof doctorSchema>;
