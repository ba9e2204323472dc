import { pluginDetailSchema, pluginLogSchema, pluginSchema, type PluginDetail } from '../../contract/api.ts';
import { wordAt, type Command } from './command-line.ts';
import { describePending, describePermissions, describeState, readShownManifest } from './plain-words.ts';
import { clientOf } from './kernel-client.ts';
import { inOneLine, moment, paint, paragraph, print, printable, printJson, printRow } from './terminal.ts';

const change =
  (action: string): Command =>
  async (given, deps) => {
    const path = `/api/plugins/${encodeURIComponent(wordAt(given, 0))}/${action}`;
    const { name, state, reason } = await clientOf(given, deps).post(path, undefined, pluginSchema);
    print(paragraph(inOneLine(`${name} is ${describeState(state)}${reason === '' ? '' : `: ${reason}`}`)));
    return state === 'error' ? 1 : 0;
  };

const logs: Command = async (given, deps) => {
  const path = `/api/plugins/${encodeURIComponent(wordAt(given, 0))}/logs`;
  const log = await clientOf(given, deps).get(path, pluginLogSchema);
  if (given.switches.has('json')) printJson(log);
  else for (const line of log.lines) print(process.stdout.isTTY ? printable(line) : line);
  return 0;
};

const health: Command = async (given, deps) => {
  const path = `/api/plugins/${encodeURIComponent(wordAt(given, 0))}`;
  const detail = await clientOf(given, deps).get(path, pluginDetailSchema);
  if (given.switches.has('json')) printJson(detail);
  else showHealth(detail);
  const { state } = detail.status;
  return state === 'error' || state === 'quarantined' ? 1 : 0;
};

/** The commands `nexus plugin …` that take a name. */
export const pluginCommands: Readonly<Record<string, Command>> = {
  enable: change('enable'),
  disable: change('disable'),
  approve: change('approve'),
  restart: change('restart'),
  logs,
  health,
};

function showHealth({ status, manifest, manifestFile, tools }: PluginDetail): void {
  const { name, state, reason, nextStep, tier, mechanism, enforcement, pid, startedAt } = status;
  const why = reason === '' ? '' : `: ${inOneLine(reason)}`;
  print(paragraph(`${paint('bold', name)} is ${describeState(state)}${why}`));
  if (nextStep !== '') print(paragraph(`→ ${inOneLine(nextStep)}`));
  if (status.pending !== null) print(paragraph(paint('yellow', describePending(status.pending))));
  print('');
  printRow('Source', status.source);
  printRow('Manifest', manifestFile);
  if (pid !== null)
    printRow('Process', `${pid}${startedAt === null ? '' : `, since ${moment(startedAt, Date.now())}`}`);
  if (tier !== null) printRow('Isolation', `${tier} (${mechanism ?? ''})`);
  if (enforcement !== null) {
    const held = Object.entries(enforcement).map(([what, how]) => `${what} ${how}`);
    printRow('', held.join(', '));
  }
  printRow('Calls', `${status.calls}, ${status.inFlight} in flight; ${status.restarts} restarts`);
  printRow('Tools', tools.map(({ tool }) => inOneLine(tool)).join(', ') || 'none known yet');
  for (const warning of status.warnings) printRow('Warning', inOneLine(warning));
  const known = readShownManifest(manifest);
  if (known !== undefined) printPermissions(known);
}

/** What a plugin may do, as a block of lines. */
export function printPermissions(manifest: Parameters<typeof describePermissions>[0]): void {
  print(`\n${paint('bold', 'What it may do')}`);
  for (const [what, allowed] of describePermissions(manifest)) printRow(what, allowed);
}
