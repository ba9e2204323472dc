import type { CommandSpec } from './command-line.ts';
import { dataOption } from './places.ts';

/** The commands that tidy up conversations. */
export const threadSpecs: Readonly<Record<string, CommandSpec>> = {
  purge: {
    words: '',
    count: [0, 0],
    summary: 'Delete for good what is in the trash: threads, and messages that were edited away',
    options: {
      chunk: { value: 'N', about: 'Rows that are deleted in one transaction, 1 to 10000 (500)' },
      'older-than-days': { value: 'N', about: 'Only what is in the trash for so long (0)' },
      json: { about: 'Print JSON' },
      ...dataOption,
    },
    load: async () => (await import('./purge.ts')).purgeCommand,
  },
};
