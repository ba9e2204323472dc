import { z } from 'zod';
import { listedPluginSchema, pluginLogSchema, pluginSchema, type Plugin } from '../../contract/api.ts';
import { wordAt, type Command } from './command-line.ts';
import { consentStateSchema, type ConsentState, type PermissionWords } from '../../contract/consent.ts';
import { describeState, describeTrouble, isTried } from './plain-words.ts';
import { readConsent } from './read-consent.ts';
import { clientOf } from './kernel-client.ts';
import { inOneLine, paint, paragraph, print, printable, printJson, printRow } from './terminal.ts';

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

const held: Command = async (given, deps) => {
  const client = clientOf(given, deps);
  const plugins = await client.get('/api/plugins', z.array(listedPluginSchema));
  for (const { name } of plugins.filter(isTried)) await readConsent(client, name);
  const states = await client.get('/api/held', z.array(consentStateSchema));
  if (given.switches.has('json')) printJson(states);
  else if (states.length === 0) print('Nothing waits for approval.');
  else for (const state of states) showHeld(state, plugins);
  return 0;
};

function showHeld({ plugin, held: changes, risk }: ConsentState, plugins: readonly Plugin[]): void {
  print(`${paint('bold', plugin)}${risk === null ? '' : ` (risk ${risk.score} of 6)`}`);
  const unknown = plugins.filter(({ name }) => changes.length === 0 && name === plugin).map(describeTrouble);
  for (const text of [...unknown, ...changes.map((one) => one.text)])
    print(paragraph(`  ${paint('yellow', '•')} ${inOneLine(text)}`));
  print(`  → nexus plugin approve ${plugin}`);
}

/** The commands `nexus plugin …` that do one thing. */
export const pluginCommands: Readonly<Record<string, Command>> = {
  enable: change('enable'),
  disable: change('disable'),
  restart: change('restart'),
  logs,
  held,
};

/** What a plugin may do, as a block of lines. */
export function printPermissions(permissions: readonly PermissionWords[]): void {
  print(`\n${paint('bold', 'What it may do')}`);
  for (const { about, allowed } of permissions) printRow(about, inOneLine(allowed));
}
