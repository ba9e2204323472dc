import { purgedSchema } from '../../contract/chat-api.ts';
import { readNumber, usage, type Command } from './command-line.ts';
import { clientOf } from './kernel-client.ts';
import { print, printJson } from './terminal.ts';

/** `nexus purge`: empties the trash. */
export const purgeCommand: Command = async (given, deps) => {
  const { chunk, 'older-than-days': olderThanDays } = given.values;
  const body = {
    ...(chunk === undefined ? {} : { chunk: readNumber('chunk', chunk, 1, 10_000) }),
    ...(olderThanDays === undefined ? {} : { olderThanDays: readDays(olderThanDays) }),
  };
  const purged = await clientOf(given, deps).post('/api/purge', body, purgedSchema);
  if (given.switches.has('json')) printJson(purged);
  else
    print(
      purged.purged === 0
        ? 'The trash is empty.'
        : `${purged.purged} threads, messages and memories are gone for good.`,
    );
  return 0;
};

/** A part of a day will do. */
function readDays(text: string): number {
  if (/^\d{1,5}(?:\.\d+)?$/.test(text)) return Number(text);
  throw usage(`--older-than-days is "${text}", not a number of days`);
}
