import { z } from 'zod';

/** How the kernel is at a glance. Sizes in bytes, times in milliseconds since 1970, money in micro-dollars. */
export const overviewSchema = z
  .object({
    version: z.string(),
    now: z.int(),
    startedAt: z.int(),
    troubles: z
      .array(z.object({ area: z.enum(['models', 'plugins', 'disk']), subject: z.string(), text: z.string() }))
      .describe('What needs somebody; empty when all is well'),
    models: z.object({
      default: z.string().nullable().describe('Null: no model is chosen'),
      known: z.int().describe('Models of all providers that answered'),
      checkedAt: z.int().nullable().describe('When the providers were asked last; null: not yet'),
    }),
    plugins: z.object({
      total: z.int(),
      tools: z.int(),
      states: z.record(z.string(), z.int()).describe('How many are in each state'),
      tiers: z.record(z.string(), z.int()).describe('How many run in each isolation tier'),
    }),
    isolation: z
      .object({ tier: z.string(), mechanism: z.string() })
      .describe('The strongest of this machine'),
    queue: z.object({
      turns: z.int().describe('Turns of the assistant that have not ended'),
      runs: z.int().describe('Calls that plugins work on'),
      approvals: z.int().describe('Questions that wait for a person'),
    }),
    disk: z.object({ freeBytes: z.int(), totalBytes: z.int() }).describe('Of the data directory'),
    memory: z.object({
      kernelBytes: z.int(),
      pluginBytes: z.int(),
      freeBytes: z.int().describe('Of the machine'),
      totalBytes: z.int(),
    }),
    today: z.object({
      since: z.int().describe('Midnight UTC, when budgets begin anew'),
      modelCalls: z.int(),
      inputTokens: z.int(),
      outputTokens: z.int(),
      costMicros: z.int(),
      unknownCalls: z.int().describe('Calls whose price is not known'),
      limitMicros: z.int().nullable().describe('Budget of the whole; null: none'),
    }),
  })
  .meta({ id: 'Overview' });
export type Overview = z.infer<typeof overviewSchema>;
