import * as z from 'zod';
import { faultCodeSchema } from './faults.ts';

/** What the server tells a script's process, as one line of JSON. */
export const jobSchema = z.strictObject({
  source: z.string(),
  /** JSON text. */
  input: z.string(),
  memoryMb: z.int(),
  cpuMs: z.int().optional(),
});
export type Job = z.infer<typeof jobSchema>;

export const consoleLineSchema = z.strictObject({
  level: z.enum(['debug', 'log', 'info', 'warn', 'error']),
  text: z.string(),
});
export type ConsoleLine = z.infer<typeof consoleLineSchema>;

/** What the script's process tells, each as one line of JSON; a result or a failure is the last. */
export const scriptEventSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('running') }),
  z.strictObject({ kind: z.literal('console'), line: consoleLineSchema }),
  /** What it logs from here on is left out. */
  z.strictObject({ kind: z.literal('full') }),
  z.strictObject({ kind: z.literal('result'), json: z.string() }),
  z.strictObject({
    kind: z.literal('failure'),
    code: faultCodeSchema,
    what: z.string(),
    details: z.array(z.string()),
  }),
]);
export type ScriptEvent = z.infer<typeof scriptEventSchema>;
