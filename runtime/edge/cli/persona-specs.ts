import type { CommandSpec } from './command-line.ts';
import { dataOption } from './places.ts';

const asked = { json: { about: 'Print JSON' }, ...dataOption };

const spec = (name: string, more: Omit<CommandSpec, 'load'>): CommandSpec => ({
  ...more,
  load: async () => {
    const command = (await import('./persona.ts')).personaCommands[name];
    if (command === undefined) throw new Error(`there is no command "${name}"`);
    return command;
  },
});

/** Commands of assistants, what they are told and what they keep in mind. */
export const personaSpecs: Readonly<Record<string, CommandSpec>> = {
  assistants: spec('list', {
    words: '',
    count: [0, 0],
    summary: 'List the assistants and their versions',
    options: asked,
  }),
  'assistants versions': spec('versions', {
    words: 'NAME',
    count: [1, 1],
    summary: 'Show every prompt an assistant has answered with',
    options: asked,
  }),
  context: spec('context', {
    words: '[MESSAGE…]',
    count: [0, 1_000],
    summary: 'Show what would be told to a model, part by part, with estimates of its tokens',
    options: {
      thread: { value: 'ID', about: 'In this thread' },
      assistant: { value: 'NAME', about: 'By this assistant, where there is no thread' },
      ...asked,
    },
  }),
  memories: spec('memories', {
    words: '[WORDS…]',
    count: [0, 100],
    summary: 'List what assistants keep in mind, or find it by its words',
    options: { deleted: { about: 'Those in the trash' }, ...asked },
  }),
  'memories add': spec('remember', {
    words: 'TEXT…',
    count: [1, 1_000],
    summary: 'Have assistants keep something in mind, as an instruction of yours',
    options: {
      scope: { value: 'WHOM', about: 'For user, assistant or organisation (user)' },
      assistant: { value: 'NAME', about: 'Of which assistant, where the scope is that' },
      ...dataOption,
    },
  }),
  'memories approve': spec('approve', {
    words: 'ID|FILE',
    count: [1, 1],
    summary: 'Vouch for a memory, or for a file such as USER.md as it is, so that it counts as instructions',
    options: { yes: { about: 'Of a file: without it the file is shown only' }, ...dataOption },
  }),
  'memories forget': spec('forget', {
    words: 'ID',
    count: [1, 1],
    summary: 'Put a memory into the trash',
    options: { undo: { about: 'Take it out again' }, ...dataOption },
  }),
};
