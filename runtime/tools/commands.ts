import { NexusError } from '../base/errors.ts';
import { nearestWord } from '../base/nearest-word.ts';
import type { CommandRunner, CommandView } from '../contract/commands.ts';
import type { CallChannel } from '../contract/plugins.ts';
import type { Scope } from '../contract/scope.ts';
import type { Catalogue, ToolResult, ToolRunner } from '../contract/tools.ts';
import { commandsOf, type SlashCommand } from './commands/command.ts';
import { readArguments } from './commands/read-arguments.ts';

/** `/plugin.command` and the rest of the line; the slash may be left out. */
const lineForm = /^\s*\/?(?<name>[^\s{]+)(?<rest>[\s\S]*)$/;

/** The slash commands of all tools in the catalogue. */
export class SlashCommands implements CommandRunner {
  readonly #catalogue: Catalogue;
  readonly #tools: ToolRunner;
  #known: ReadonlyMap<string, SlashCommand> | undefined;

  constructor(catalogue: Catalogue, tools: ToolRunner) {
    this.#catalogue = catalogue;
    this.#tools = tools;
    catalogue.onChange((kind) => {
      if (kind === 'tools') this.#known = undefined;
    });
  }

  list(): readonly CommandView[] {
    return [...this.#all().values()].map(({ view }) => view);
  }

  knows(line: string): boolean {
    return this.#all().has(split(line).name);
  }

  async run(
    scope: Scope,
    line: string,
    client: string | null,
    channel: CallChannel,
    signal: AbortSignal,
  ): Promise<ToolResult> {
    const { name, rest } = split(line);
    const command = this.#all().get(name);
    if (command === undefined) throw this.#unknown(name);
    const read = readArguments(rest, command);
    if ('problem' in read) throw invalid(command, read.problem);
    const call = { tool: command.entry.publicName, args: read.args, source: 'command', client };
    try {
      return await this.#tools.invoke(scope, call, channel, signal);
    } catch (error) {
      if (!(error instanceof NexusError) || error.code !== 'ARGUMENTS_INVALID') throw error;
      throw invalid(command, String(error.data['problem']), error);
    }
  }

  #all(): ReadonlyMap<string, SlashCommand> {
    if (this.#known !== undefined) return this.#known;
    const commands = this.#catalogue.entries().flatMap(commandsOf);
    const known = new Map<string, SlashCommand>();
    for (const command of commands.sort((a, b) => rank(a) - rank(b)))
      known.set(command.view.command, command);
    const sorted = [...known].sort(
      ([, a], [, b]) => a.view.plugin.localeCompare(b.view.plugin, 'en') || rank(a) - rank(b),
    );
    this.#known = new Map(sorted);
    return this.#known;
  }

  #unknown(command: string): NexusError {
    const meant = nearestWord(command, [...this.#all().keys()]);
    const todo = meant === undefined ? 'Run "nexus command" for the list' : `Perhaps you mean "${meant}"`;
    return new NexusError('COMMAND_UNKNOWN', { command, todo });
  }
}

/** Later ones win: a tool's own name always means that tool. */
function rank({ view, entry }: SlashCommand): number {
  return view.command === `/${entry.plugin}.${entry.tool}` ? 1 : 0;
}

function split(line: string): { readonly name: string; readonly rest: string } {
  const parts = lineForm.exec(line)?.groups;
  return { name: `/${parts?.['name'] ?? ''}`, rest: parts?.['rest'] ?? '' };
}

function invalid({ view }: SlashCommand, problem: string, cause?: unknown): NexusError {
  return new NexusError('COMMAND_INVALID', { command: view.command, problem, usage: view.usage }, cause);
}
