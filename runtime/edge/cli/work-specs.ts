import type { CommandSpec } from './command-line.ts';
import { dataOption } from './places.ts';

const none = { words: '', count: [0, 0] } as const;
const asked = { json: { about: 'Print JSON' }, ...dataOption };

const task = (name: string, spec: Pick<CommandSpec, 'summary'> & Partial<CommandSpec>): CommandSpec => ({
  words: 'ID',
  count: [1, 1],
  options: asked,
  load: async () => (await import('./tasks.ts')).taskCommands[name] ?? missing(name),
  ...spec,
});
const limit = { value: 'N', about: 'How many, 1 to 1000 (50)' };

const schedule = (name: string, spec: Pick<CommandSpec, 'summary'> & Partial<CommandSpec>): CommandSpec => ({
  words: 'ID',
  count: [1, 1],
  options: asked,
  load: async () => (await import('./schedules.ts')).scheduleCommands[name] ?? missing(name),
  ...spec,
});
const yes = { about: 'Arm it without being asked, for scripts' };

/** The commands of durable work under the words they are called with. */
export const workSpecs: Readonly<Record<string, CommandSpec>> = {
  tasks: task('list', {
    ...none,
    summary: 'List what is to be done: directives and turns of the assistant',
    options: {
      all: { about: 'With those that have ended' },
      state: { value: 'STATE', about: 'Only in this state: requested, running, unknown, failed, …' },
      limit,
      ...asked,
    },
  }),
  'tasks show': task('show', { summary: 'Show a task with its history' }),
  'tasks cancel': task('cancel', { summary: 'End a task that has not ended' }),
  'tasks retry': task('retry', { summary: 'Do a task that has ended again, as a new one' }),
  'tasks undo': task('undo', { summary: 'Take back what a directive did' }),
  reconcile: task('reconcile', {
    words: 'RUN',
    summary: 'Settle whether an UNKNOWN tool run happened',
    details: ['Without --happened or --not-happened the check tool that its manifest declares is asked.'],
    options: {
      happened: { about: 'You know that it did' },
      'not-happened': { about: 'You know that it did not' },
      note: { value: 'TEXT', about: 'How you know' },
      ...asked,
    },
  }),
  schedules: schedule('list', { ...none, summary: 'List what is done at a time' }),
  'schedules add': schedule('add', {
    words: 'WHEN',
    summary: 'Plan something; it fires when you have read it in words and armed it',
    details: [
      'nexus schedules add "every Monday at 9" --prompt "Remind me to water the plants"',
      `nexus schedules add '0 9 * * 1' --tool backup__run --args '{"full":true}' --zone Europe/Berlin`,
      'nexus schedules add 2026-12-24T18:00 --prompt "Merry Christmas"',
    ],
    options: {
      prompt: { value: 'TEXT', about: 'Say this to the assistant' },
      thread: { value: 'ID', about: 'In this thread; a new one each time when absent' },
      tool: { value: 'NAME', about: 'Call this tool, by its public name' },
      args: { value: 'JSON', about: 'Its arguments' },
      title: { value: 'TEXT', about: 'What it is called' },
      zone: { value: 'ZONE', about: "Time zone such as Europe/Berlin (the kernel's own)" },
      missed: { value: 'HOW', about: 'When no kernel ran: "once" makes up for it, "skip" does not (once)' },
      yes,
      ...asked,
    },
  }),
  'schedules arm': schedule('arm', { summary: 'Let a schedule fire', options: { yes, ...asked } }),
  'schedules pause': schedule('pause', { summary: 'Keep a schedule from firing until it is armed again' }),
  'schedules remove': schedule('remove', { summary: 'Remove a schedule' }),
  timeline: task('timeline', {
    ...none,
    summary: 'List what happened, newest first',
    options: {
      kind: { value: 'KIND', about: 'Only signal, directive, run, approval, verdict or setting' },
      text: { value: 'TEXT', about: 'Only what has this in its words' },
      limit,
      ...asked,
    },
  }),
  verify: task('verify', {
    ...none,
    summary: 'Check the chain of the timeline; exit code 1 when it does not hold',
    options: {
      head: { value: 'HASH', about: 'The head that was shown before: it must still be in it' },
      accept: { about: 'Take it as it is for whole, when only its end is not the kept one' },
      yes: { about: 'Accept without being asked, for scripts' },
      ...asked,
    },
  }),
};

function missing(name: string): never {
  throw new Error(`there is no command "${name}"`);
}
