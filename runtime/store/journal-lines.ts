import { readFileSync, statSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { messageOf, NexusError, systemCode } from '../base/errors.ts';
import { effectSchema } from '../contract/manifest.ts';

const text = z.string().nullable();
const time = z.number().nullable();
const stateSchema = z.enum(['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'DENIED', 'CANCELED', 'UNKNOWN']);

const changeSchema = z.object({
  seq: z.number(),
  id: z.string(),
  state: stateSchema,
  startedAt: time,
  endedAt: time,
  error: text,
  result: text,
});
const rowSchema = changeSchema.extend({
  effect: effectSchema,
  plugin: z.string(),
  tool: z.string(),
  group: text,
  user: z.string(),
  actor: z.string(),
  source: z.string(),
  client: text,
  queuedAt: z.number(),
  args: text,
});
const entrySchema = z.union([rowSchema, changeSchema]);

/** A row of `tool_runs`. */
export type RunRow = Readonly<z.infer<typeof rowSchema>>;
/** What becomes of a run after it was recorded. */
export type RunChange = Readonly<z.infer<typeof changeSchema>>;
/** One line of a journal: a run as it was recorded, or what became of it. */
export type JournalEntry = RunRow | RunChange;

export interface JournalContent {
  readonly entries: readonly JournalEntry[];
  /** The first thing wrong with it, or null. */
  readonly problem: string | null;
}

/** Far above what is ever written: a batch empties the journal at 1 MiB, and open runs add at most 128 KiB each. */
const MAX_JOURNAL_BYTES = 512 * 1_048_576;
const LINE_END = 0x0a;

/** `<CRC-32 in hexadecimal> <JSON>` and a line end. */
export function encodeLine(entry: JournalEntry): string {
  const json = JSON.stringify(entry);
  return `${crc32(json).toString(16)} ${json}\n`;
}

/**
 * Reads a journal; one that is not there is empty. What follows the last line end is left out: a write that a crash cut
 * off was never acknowledged. A line in the middle that is not as it was written is a problem, and the others count.
 */
export function readJournal(file: string): JournalContent {
  let content: Buffer;
  try {
    if (statSync(file).size > MAX_JOURNAL_BYTES) return { entries: [], problem: 'it is too large to be one' };
    content = readFileSync(file);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { entries: [], problem: null };
    const todo = 'Check its permissions and the disk';
    throw new NexusError('STORE_REFUSED', { file, problem: messageOf(error), todo }, error);
  }
  const entries: JournalEntry[] = [];
  let unreadable = 0;
  for (let from = 0, end = 0; (end = content.indexOf(LINE_END, from)) !== -1; from = end + 1) {
    const entry = decodeLine(content.toString('utf8', from, end));
    if (entry === null) unreadable += 1;
    else entries.push(entry);
  }
  const lines = unreadable + entries.length;
  return { entries, problem: unreadable === 0 ? null : `${unreadable} of ${lines} lines cannot be read` };
}

function decodeLine(line: string): JournalEntry | null {
  const [checksum = ''] = line.split(' ', 1);
  const json = line.slice(checksum.length + 1);
  if (crc32(json).toString(16) !== checksum) return null;
  return entrySchema.parse(JSON.parse(json));
}
