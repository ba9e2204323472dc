import { z } from 'zod';
import { runVerdictSchema } from '../../contract/reconcile.ts';
import { taskDetailSchema, taskSchema, type Task, type TaskDetail } from '../../contract/tasks.ts';
import { timelineEntrySchema } from '../../contract/timeline.ts';
import { readNumber, usage, wordAt, type Command } from './command-line.ts';
import { clientOf } from './kernel-client.ts';
import { inOneLine, moment, paint, paragraph, print, printJson, printRow, printTable } from './terminal.ts';
import { verifyCommand } from './verify.ts';

const path = (id: string, act = ''): string => `/api/tasks/${encodeURIComponent(id)}${act}`;

/** `nexus tasks`: the queue. */
const listCommand: Command = async (given, deps) => {
  const { state, limit } = given.values;
  const query = new URLSearchParams({
    open: String(!given.switches.has('all') && state === undefined),
    limit: String(limit === undefined ? 50 : readNumber('limit', limit, 1, 1_000)),
    ...(state === undefined ? {} : { state }),
  });
  const tasks = await clientOf(given, deps).get(`/api/tasks?${query.toString()}`, z.array(taskSchema));
  if (given.switches.has('json')) printJson(tasks);
  else if (tasks.length === 0) print('Nothing is to be done. "nexus tasks --all" shows what was.');
  else showTasks(tasks);
  return 0;
};

function showTasks(tasks: readonly Task[]): void {
  const now = Date.now();
  printTable(
    [{ title: 'ID' }, { title: 'STATE' }, { title: 'ASKED' }, { title: 'WHAT' }, { title: 'WHY' }],
    tasks.map(({ id, state, createdAt, what, reason }) => [
      id,
      state,
      moment(createdAt, now),
      inOneLine(what),
      inOneLine(reason ?? ''),
    ]),
  );
}

const showCommand: Command = async (given, deps) => {
  const task = await clientOf(given, deps).get(path(wordAt(given, 0)), taskDetailSchema);
  if (given.switches.has('json')) printJson(task);
  else show(task);
  return 0;
};

function show({ history, ...task }: TaskDetail): void {
  const now = Date.now();
  print(paint('bold', inOneLine(task.what)));
  printRow('state', task.reason === null ? task.state : inOneLine(`${task.state}: ${task.reason}`));
  if (task.run !== null) printRow('tool run', task.run);
  if (task.rerunOf !== null) printRow('done again', `what ${task.rerunOf} was to do`);
  if (task.canUndo) printRow('take back', `nexus tasks undo ${task.id}`);
  if (task.state === 'unknown') printRow('settle', `nexus reconcile ${task.run ?? ''}`);
  for (const { at, what, detail } of history)
    printRow(moment(at, now), inOneLine(`${what} ${detail ?? ''}`), 19);
}

const act =
  (name: 'cancel' | 'retry' | 'undo'): Command =>
  async (given, deps) => {
    const task = await clientOf(given, deps).post(path(wordAt(given, 0), `/${name}`), {}, taskDetailSchema);
    if (given.switches.has('json')) printJson(task);
    else print(paragraph(`${task.id} is ${task.state}: ${inOneLine(task.what)}`));
    return 0;
  };

/** `nexus reconcile RUN`: what became of a run of which it is not known. */
const reconcileCommand: Command = async (given, deps) => {
  const [yes, no] = [given.switches.has('happened'), given.switches.has('not-happened')];
  if (yes && no) throw usage('--happened and --not-happened exclude each other');
  const { note } = given.values;
  const body = {
    ...(yes || no ? { verdict: yes ? 'happened' : 'not-happened' } : {}),
    ...(note === undefined ? {} : { note }),
  };
  const run = encodeURIComponent(wordAt(given, 0));
  const verdict = await clientOf(given, deps).post(`/api/runs/${run}/reconcile`, body, runVerdictSchema);
  if (given.switches.has('json')) printJson(verdict);
  else print(paragraph(`It ${verdict.happened ? 'happened' : 'did not happen'}: ${inOneLine(verdict.note)}`));
  return 0;
};

/** `nexus timeline`. */
const timelineCommand: Command = async (given, deps) => {
  const { kind, text, limit } = given.values;
  const query = new URLSearchParams({
    limit: String(limit === undefined ? 50 : readNumber('limit', limit, 1, 1_000)),
    ...(kind === undefined ? {} : { kind }),
    ...(text === undefined ? {} : { text }),
  });
  const entries = await clientOf(given, deps).get(
    `/api/timeline?${query.toString()}`,
    z.array(timelineEntrySchema),
  );
  if (given.switches.has('json')) printJson(entries);
  else if (entries.length === 0) print('Nothing happened yet.');
  else {
    const now = Date.now();
    printTable(
      [{ title: 'WHEN' }, { title: 'KIND' }, { title: 'WHAT' }, { title: 'STATE' }, { title: 'BY' }],
      entries.map(({ at, kind: of, subject, what, user, actor }) => [
        moment(at, now),
        of,
        subject,
        what,
        actor === '' ? user : `${user} (${actor})`,
      ]),
    );
  }
  return 0;
};

export const taskCommands: Readonly<Record<string, Command>> = {
  list: listCommand,
  show: showCommand,
  cancel: act('cancel'),
  retry: act('retry'),
  undo: act('undo'),
  reconcile: reconcileCommand,
  timeline: timelineCommand,
  verify: verifyCommand,
};
