import {
  importOutcomeSchema,
  importPlanSchema,
  type ImportOutcome,
  type PlannedPlugin,
} from '../../contract/import.ts';
import type { Command } from './command-line.ts';
import { clientOf } from './kernel-client.ts';
import { readNewPlugin } from './new-plugin.ts';
import { inOneLine, paint, paragraph, print, printJson, printRow } from './terminal.ts';

/** `nexus plugin add`: says what a plugin will do before it does anything; 1 when one of them cannot run here. */
export const addCommand: Command = async (given, deps) => {
  const request = readNewPlugin(given);
  const client = clientOf(given, deps);
  const isJson = given.switches.has('json');
  if (given.switches.has('dry-run')) {
    const plan = await client.postLong('/api/plugins/plan', request, importPlanSchema, tell);
    if (isJson) printJson(plan);
    else for (const plugin of plan.plugins) showPlan(plugin);
    return exitCode(plan.plugins);
  }
  const { plugins } = await client.postLong('/api/plugins/import', request, importOutcomeSchema, tell);
  if (isJson) printJson({ plugins });
  else for (const plugin of plugins) showOutcome(plugin);
  return exitCode(plugins);
};

function exitCode(plugins: readonly PlannedPlugin[]): number {
  return plugins.some(({ state }) => state === 'blocked') ? 1 : 0;
}

/** How far something is that takes long; beside the output, which may be read by a program. */
export function tell(text: string): void {
  process.stderr.write(`${inOneLine(text)}\n`);
}

const outcomeWords: Readonly<Record<ImportOutcome['plugins'][number]['outcome'], string>> = {
  added: 'was added; nothing of it runs before it is approved',
  updated: 'was changed',
  unchanged: 'is there already, and it is the same',
  blocked: 'cannot run here',
};

function showOutcome(plugin: ImportOutcome['plugins'][number]): void {
  showPlan(plugin);
  if (plugin.outcome === 'blocked') return;
  print(`\n${paint('bold', plugin.name)} ${outcomeWords[plugin.outcome]}`);
  if (plugin.outcome === 'added' || plugin.outcome === 'updated') print(`Wrote ${plugin.manifestFile}`);
  for (const step of plugin.nextSteps) print(`→ ${inOneLine(step)}`);
}

const stateWords: Readonly<Record<PlannedPlugin['state'], string>> = {
  new: 'is new',
  same: 'is there already, and it is the same',
  changed: 'is there already, but it is not the same; --update changes it',
  blocked: 'cannot run here',
};

function showPlan(plugin: PlannedPlugin): void {
  const { name, title, description, state, obstacle, command, permissions, needs, settings } = plugin;
  print(`\n${paint('bold', name)} ${stateWords[state]}`);
  const about = [title, description].filter((text) => text !== '' && text !== name).join(': ');
  if (about !== '') print(paragraph(inOneLine(about)));
  if (obstacle !== null) {
    print(paragraph(inOneLine(`It cannot run here: ${obstacle.problem}`)));
    print(paragraph(inOneLine(`→ ${obstacle.todo}`)));
    return;
  }
  printRow('Starts', inOneLine(command));
  for (const text of plugin.installs) printRow('Installs', inOneLine(text));
  for (const { about: what, allowed } of permissions) printRow(what, inOneLine(allowed));
  for (const { text, flag } of needs) printRow('May need', inOneLine(`${text}. Grant it with ${flag}`));
  for (const { key, option, hasValue, isMoved } of settings) {
    const how = isMoved
      ? 'taken over'
      : hasValue
        ? 'has a value'
        : option.required
          ? 'to be set'
          : 'may be set';
    const kind = option.sensitive ? 'secret' : option.type;
    printRow('Setting', inOneLine(`${key} (${kind}, ${how}): ${option.title}`));
  }
  for (const text of plugin.differences) printRow('Differs', inOneLine(text));
  for (const text of plugin.warnings) printRow('Warning', inOneLine(text));
}
