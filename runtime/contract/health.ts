import { z } from 'zod';

/** What the calls of a plugin came to since its manifest was first read. Requests the kernel refused itself are not among them. */
export const callFiguresSchema = z.object({
  total: z.int().describe('Calls that ended; checks are not counted'),
  errors: z.int().describe('Of these, how many it failed: an error result, a crash, no answer in time'),
  callerErrors: z.int().describe('Of these, how many its callers spoiled: wrong arguments, canceled'),
  errorRate: z
    .number()
    .nullable()
    .describe('Errors among the last 1,000 calls, 0 to 1; null before the first'),
  p50Ms: z.number().nullable().describe('Median time of the last 1,000 answered calls'),
  p95Ms: z.number().nullable().describe('95th percentile of the same'),
});

/** What a plugin uses up now. */
export const usageSchema = z.object({
  processes: z.int().describe('Processes of its tree; 0 for a thread of the kernel'),
  memoryBytes: z.int(),
  memoryKind: z
    .enum(['pss', 'rss', 'heap'])
    .describe('pss: shared pages are split among their users; rss: they are not; heap: of a thread'),
  cpuMs: z.int().describe('Processor time of the whole tree since it was started'),
  cpuPercent: z.number().describe('Of one processor, since the last look, or since the start'),
});

/** How a plugin answered when it was asked whether it is well. */
export const checkResultSchema = z.object({
  at: z.int().describe('Milliseconds since 1970'),
  isOk: z.boolean(),
  asked: z.string().describe('What it was asked: a method of the protocol, or the tool its manifest names'),
  latencyMs: z.number(),
  words: z.string().describe('Why it failed, or what is wrong with the check; empty when there is nothing'),
});

export const breakerSchema = z.object({
  state: z
    .enum(['closed', 'open', 'half-open'])
    .describe('open: not started before `untilMs`; half-open: the trial after it is under way'),
  reason: z.string().describe('Why it opened last; empty when closed'),
  untilMs: z
    .int()
    .nullable()
    .describe('When it half-opens by itself, milliseconds since 1970; null unless open'),
});

export const pluginErrorSchema = z.object({
  at: z.int().describe('Milliseconds since 1970'),
  tool: z.string().describe('The tool, or the method when it was no tool'),
  error: z.string().describe('Redacted'),
});

/** What lists show of a plugin's health. */
export const healthSummarySchema = z
  .object({
    calls: callFiguresSchema,
    uptimeMs: z.int().nullable().describe('Null while it does not run'),
    usage: usageSchema.nullable().describe('Null while it does not run, and for a remote server'),
    breaker: breakerSchema,
    lastCheck: checkResultSchema.nullable(),
    failedChecks: z.int().describe('Failed checks in a row'),
    lastError: pluginErrorSchema.nullable(),
  })
  .meta({ id: 'HealthSummary' });

/** Everything there is to know of how a plugin is. */
export const pluginHealthSchema = healthSummarySchema
  .omit({ lastError: true })
  .extend({
    plugin: z.string(),
    state: z.string(),
    reason: z.string(),
    nextStep: z.string(),
    startedAt: z.int().nullable().describe('Milliseconds since 1970'),
    restarts: z.int(),
    inFlight: z.int(),
    errors: z.array(pluginErrorSchema).readonly().describe('The last 20, oldest first'),
    stderr: z.array(z.string()).readonly().describe('The last 200 lines, oldest first'),
  })
  .meta({ id: 'PluginHealth' });

export type CallFigures = z.infer<typeof callFiguresSchema>;
export type Usage = z.infer<typeof usageSchema>;
export type CheckResult = z.infer<typeof checkResultSchema>;
export type BreakerView = z.infer<typeof breakerSchema>;
export type PluginError = z.infer<typeof pluginErrorSchema>;
export type HealthSummary = z.infer<typeof healthSummarySchema>;
export type PluginHealth = z.infer<typeof pluginHealthSchema>;
