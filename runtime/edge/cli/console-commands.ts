import type { CommandSpec } from './command-line.ts';
import { dataOption } from './places.ts';

const asked = { json: { about: 'Print JSON' }, ...dataOption };

/** What happened, and the way into the console, which shows it too. */
export const consoleSpecs = {
  runs: {
    words: '',
    count: [0, 0],
    summary: 'List tool runs, newest first',
    options: {
      plugin: { value: 'NAME', about: 'Only of this plugin' },
      tool: { value: 'NAME', about: 'Only of this tool' },
      state: { value: 'STATE', about: 'Only in this state: succeeded, failed, denied, canceled, unknown, …' },
      limit: { value: 'N', about: 'How many, 1 to 1000 (20)' },
      ...asked,
    },
    load: async () => (await import('./lists.ts')).runsCommand,
  },
  logs: {
    words: '',
    count: [0, 0],
    summary: 'Show what the kernel and its plugins said',
    options: {
      follow: { about: 'Go on with what comes' },
      level: { value: 'LEVEL', about: 'Least severity: debug, info, warn or error (debug)' },
      plugin: { value: 'NAME', about: 'Only what this plugin wrote' },
      component: { value: 'NAME', about: 'Only of this part of the kernel, such as models or access' },
      search: { value: 'TEXT', about: 'Only lines in which it occurs' },
      limit: { value: 'N', about: 'How many of the last lines, 1 to 1000 (50)' },
      ...asked,
    },
    load: async () => (await import('./logs.ts')).logsCommand,
  },
  login: {
    words: '',
    count: [0, 0],
    summary: 'Print a link that opens the console, once, within ten minutes',
    options: asked,
    load: async () => (await import('./login.ts')).loginCommand,
  },
} as const satisfies Record<string, CommandSpec>;
