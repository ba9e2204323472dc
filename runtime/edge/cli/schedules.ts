import { createInterface } from 'node:readline/promises';
import { z } from 'zod';
import { scheduleViewSchema, type ScheduleView } from '../../contract/schedules.ts';
import { usage, wordAt, type Command, type Given } from './command-line.ts';
import { clientOf, type KernelClient } from './kernel-client.ts';
import { inOneLine, moment, print, printJson, printRow, printTable } from './terminal.ts';

const path = (id: string, act = ''): string => `/api/schedules/${encodeURIComponent(id)}${act}`;

/** `nexus schedules`. */
const listCommand: Command = async (given, deps) => {
  const schedules = await clientOf(given, deps).get('/api/schedules', z.array(scheduleViewSchema));
  if (given.switches.has('json')) printJson(schedules);
  else if (schedules.length === 0) print('No schedules. "nexus schedules add" makes one.');
  else {
    const now = Date.now();
    printTable(
      [{ title: 'ID' }, { title: 'STATE' }, { title: 'NEXT' }, { title: 'WHEN' }, { title: 'WHAT' }],
      schedules.map(({ id, state, nextAt, words, title }) => [
        id,
        state,
        nextAt === null || state !== 'armed' ? '-' : moment(nextAt, now),
        words,
        title,
      ]),
    );
  }
  return 0;
};

/** `nexus schedules add WHEN`: proposes it, shows it in words, and arms it when that is what was meant. */
const addCommand: Command = async (given, deps) => {
  const { title, zone, missed, prompt, tool, args, thread } = given.values;
  if ((prompt === undefined) === (tool === undefined))
    throw usage('Say what is done: either --prompt or --tool');
  const action =
    tool === undefined
      ? { kind: 'prompt', text: prompt, ...(thread === undefined ? {} : { thread }) }
      : { kind: 'tool', tool, args: args === undefined ? {} : readObject(args) };
  const body = {
    when: wordAt(given, 0),
    title: title ?? (prompt ?? tool ?? '').slice(0, 80),
    action,
    ...(zone === undefined ? {} : { timeZone: zone }),
    ...(missed === undefined ? {} : { missed }),
  };
  const client = clientOf(given, deps);
  return await confirm(given, client, await client.post('/api/schedules', body, scheduleViewSchema));
};

/** `nexus schedules arm ID`. */
const armCommand: Command = async (given, deps) => {
  const client = clientOf(given, deps);
  const id = wordAt(given, 0);
  const all = await client.get('/api/schedules', z.array(scheduleViewSchema));
  const schedule = all.find((one) => one.id === id);
  if (schedule === undefined) throw usage(`there is no schedule "${id}"`);
  return await confirm(given, client, schedule);
};

/** Shows a schedule in words and arms it when a person agrees. */
async function confirm(given: Given, client: KernelClient, schedule: ScheduleView): Promise<number> {
  const isQuiet = given.switches.has('json');
  if (!isQuiet) show(schedule);
  if (!given.switches.has('yes') && !(await agrees(isQuiet))) {
    if (isQuiet) printJson(schedule);
    else print(`It does not fire. Arm it with "nexus schedules arm ${schedule.id}".`);
    return 0;
  }
  const armed = await client.post(path(schedule.id, '/arm'), { words: schedule.words }, scheduleViewSchema);
  if (isQuiet) printJson(armed);
  else print(`Armed: ${armed.id}`);
  return 0;
}

async function agrees(isQuiet: boolean): Promise<boolean> {
  if (isQuiet || !process.stdin.isTTY) return false;
  using lines = createInterface({ input: process.stdin, output: process.stdout });
  return /^y(?:es)?$/i.test((await lines.question('Is that what you mean? y arms it: ')).trim());
}

function show({ title, words, cron, action, missed, upcoming }: ScheduleView): void {
  print(inOneLine(title));
  printRow('when', inOneLine(words));
  if (cron !== null) printRow('cron', cron);
  printRow('next', upcoming.map((at) => new Date(at).toLocaleString()).join(' · '));
  printRow('missed', missed === 'once' ? 'made up for once' : 'skipped');
  const { kind } = action;
  printRow(kind, inOneLine(kind === 'tool' ? `${action.tool} ${JSON.stringify(action.args)}` : action.text));
}

const change =
  (act: 'pause' | 'remove'): Command =>
  async (given, deps) => {
    const client = clientOf(given, deps);
    const id = wordAt(given, 0);
    const changed = await (act === 'pause'
      ? client.post(path(id, '/pause'), {}, scheduleViewSchema)
      : client.delete(path(id), scheduleViewSchema));
    if (given.switches.has('json')) printJson(changed);
    else print(`${changed.id} is ${changed.state}`);
    return 0;
  };

function readObject(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw usage('--args is no JSON object');
  }
}

export const scheduleCommands: Readonly<Record<string, Command>> = {
  list: listCommand,
  add: addCommand,
  arm: armCommand,
  pause: change('pause'),
  remove: change('remove'),
};
