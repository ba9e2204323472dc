import { z } from 'zod';
import { logEntrySchema, logLevels, logPageSchema, type LogEntry } from '../../contract/logs.ts';
import { readNumber, usage, type Command, type Given } from './command-line.ts';
import { readEvents } from './event-stream.ts';
import { clientOf, type KernelClient } from './kernel-client.ts';
import { inOneLine, moment, paint, print, printJson } from './terminal.ts';

const styles = { debug: 'dim', info: undefined, warn: 'yellow', error: 'red' } as const;

/** `nexus logs`. */
export const logsCommand: Command = async (given, deps) => {
  const client = clientOf(given, deps);
  const isJson = given.switches.has('json');
  const filter = filterOf(given);
  const entries = await lastEntries(client, filter, limitOf(given));
  const goesOn = given.switches.has('follow');
  if (isJson && !goesOn) printJson(entries);
  else for (const entry of entries) show(entry, isJson);
  if (!goesOn) return 0;
  const source = client.eventSource(`/api/logs/stream?${new URLSearchParams(filter).toString()}`, '');
  for await (const { data } of readEvents(source)) {
    const entry = logEntrySchema.safeParse(data);
    if (entry.success) show(entry.data, isJson);
    else print(paint('dim', '… more lines than could be told …'));
  }
  return 0;
};

/** The last lines that fit, oldest first. */
async function lastEntries(
  client: KernelClient,
  filter: Record<string, string>,
  limit: number,
): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  let before: string | null = '';
  while (before !== null && entries.length < limit) {
    const query: Record<string, string> = { ...filter, limit: String(limit - entries.length) };
    if (before !== '') query['before'] = before;
    const page: z.infer<typeof logPageSchema> = await client.get(
      `/api/logs?${new URLSearchParams(query).toString()}`,
      logPageSchema,
    );
    entries.push(...page.entries);
    before = page.next;
  }
  return entries.toReversed();
}

function filterOf({ values: { level, component, plugin, search } }: Given): Record<string, string> {
  if (level !== undefined && !z.enum(logLevels).safeParse(level).success)
    throw usage(`--level is "${level}", not one of ${logLevels.join(', ')}`);
  return {
    ...(level === undefined ? {} : { level }),
    ...(component === undefined ? {} : { component }),
    ...(plugin === undefined ? {} : { plugin }),
    ...(search === undefined ? {} : { text: search }),
  };
}

function limitOf({ values: { limit } }: Given): number {
  return limit === undefined ? 50 : readNumber('limit', limit, 1, 1_000);
}

function show(entry: LogEntry, isJson: boolean): void {
  // One in a line, for programs that read on and on.
  if (isJson) return print(JSON.stringify(entry));
  const { at, level, component, plugin, text } = entry;
  const when = at === null ? '' : paint('dim', moment(at, Date.now()));
  const style = styles[level];
  const word = level.padEnd(5);
  const from = plugin ?? component;
  print(`${when} ${style === undefined ? word : paint(style, word)} ${inOneLine(from)}: ${inOneLine(text)}`);
}
