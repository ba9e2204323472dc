import { z } from 'zod';

/** Least severity first. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
const levelSchema = z.enum(logLevels);
export type LogLevel = z.infer<typeof levelSchema>;

/** One line of the log. Redacted before it was written. */
export const logEntrySchema = z
  .object({
    id: z.string().describe('The same in the stream and in the pages'),
    at: z.int().nullable().describe('Milliseconds since 1970; null for a line that is damaged'),
    level: levelSchema,
    component: z.string().describe('The part of the kernel; "plugin" for what a plugin wrote to stderr'),
    plugin: z.string().nullable(),
    text: z.string(),
    data: z.record(z.string(), z.unknown()).describe('What else the line says, errors with their stack'),
  })
  .meta({ id: 'LogEntry' });
export type LogEntry = z.infer<typeof logEntrySchema>;

export const logFilterSchema = z.object({
  level: levelSchema.default('debug').describe('Least severity'),
  component: z.string().max(200).optional(),
  plugin: z.string().max(200).optional(),
  text: z.string().max(500).optional().describe('Occurs in the line, in whatever case'),
});
export type LogFilter = z.infer<typeof logFilterSchema>;

export const logQuerySchema = logFilterSchema.extend({
  before: z.string().max(100).optional().describe('"next" of the page before'),
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
});
export type LogQuery = z.infer<typeof logQuerySchema>;

export const logPageSchema = z
  .object({
    entries: z.array(logEntrySchema).describe('Newest first'),
    next: z
      .string()
      .nullable()
      .describe(
        'Where the next page begins; null at the end. A page can be short, even empty, before the end',
      ),
  })
  .meta({ id: 'LogPage' });
export type LogPage = z.infer<typeof logPageSchema>;

/** What the kernel and its plugins said. */
export interface Logs {
  page(query: LogQuery): Promise<LogPage>;
  /** Hears of every line that is written from now on and fits. Returns the end of it. */
  follow(filter: LogFilter, listener: (entry: LogEntry) => void): () => void;
  /** The log as it is in the files, oldest line first, as far as it is written when this is called. */
  text(): AsyncIterable<Uint8Array>;
}
