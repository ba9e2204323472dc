import { messageOf, NexusError } from '../base/errors.ts';
import {
  assistantDefinitionSchema,
  type AssistantDefinition,
  type AssistantList,
  type AssistantRecords,
  type Assistants,
  type AssistantVersion,
} from '../contract/assistants.ts';
import type { Scope } from '../contract/scope.ts';
import type { Execution, Thread } from '../contract/threads.ts';
import { settingDefinitionSchema, type SettingDefinition, type Settings } from '../contract/settings.ts';
import { builtInAssistants } from './built-in-assistants.ts';
import { unknownVariables, variableNames } from './prompt-variables.ts';

/** Assistants of one package, at most. */
const mostInPackage = 100;
const builtIn = 'nexus';

export const assistantSettings: readonly SettingDefinition[] = [
  {
    key: 'assistants.packages',
    category: 'assistants',
    type: 'string',
    multiple: true,
    title: 'Packages of assistants, in their order',
    description: `"${builtIn}" is the one that is part of Nexus; any other is the absolute path of a folder`,
    default: [builtIn],
  },
].map((definition) => settingDefinitionSchema.parse(definition));

export interface AssistantsDeps {
  readonly settings: Settings;
  readonly records: AssistantRecords;
  /** What the module of a package exports, as data. Its code is never run in this process. */
  readonly read: (folder: string) => Promise<readonly unknown[]>;
}

interface Loaded {
  readonly definitions: ReadonlyMap<string, AssistantDefinition>;
  readonly problems: AssistantList['problems'];
}

/** The assistants of the packages that the settings name. Of two with one name the first counts. */
export class LiveAssistants implements Assistants {
  readonly #deps: AssistantsDeps;
  #loading: Promise<Loaded> | undefined;

  constructor(deps: AssistantsDeps) {
    this.#deps = deps;
    deps.settings.subscribe('assistants.*', () => this.reload());
  }

  reload(): void {
    this.#loading = undefined;
  }

  async list(scope: Scope): Promise<AssistantList> {
    const { definitions, problems } = await this.#load();
    const { records } = this.#deps;
    const assistants = [...definitions.values()].map((definition) => records.record(scope, definition));
    return { assistants: await Promise.all(assistants), problems };
  }

  async get(scope: Scope, name: string): Promise<AssistantVersion> {
    const { definitions } = await this.#load();
    const definition = definitions.get(name);
    if (definition === undefined) throw unknown(name, [...definitions.keys()]);
    return await this.#deps.records.record(scope, definition);
  }

  async versions(scope: Scope, name: string): Promise<readonly AssistantVersion[]> {
    const { definitions } = await this.#load();
    const definition = definitions.get(name);
    if (definition !== undefined) await this.#deps.records.record(scope, definition);
    const versions = await this.#deps.records.versions(scope, name);
    if (versions.length === 0) throw unknown(name, [...definitions.keys()]);
    return versions;
  }

  async forTurn(
    scope: Scope,
    { assistant: name }: Pick<Thread, 'assistant'>,
    execution: Execution | null,
  ): Promise<AssistantVersion> {
    const began = execution?.assistantVersion ?? null;
    if (began !== null) return await this.#recorded(scope, name, began);
    const { definitions } = await this.#load();
    const answering = definitions.has(name)
      ? await this.get(scope, name)
      : (await this.versions(scope, name))[0];
    if (answering === undefined) throw unknown(name, [...definitions.keys()]);
    return answering;
  }

  async #recorded(scope: Scope, name: string, version: number): Promise<AssistantVersion> {
    const found = (await this.#deps.records.versions(scope, name)).find((one) => one.version === version);
    if (found === undefined) throw unknown(name, [...(await this.#load()).definitions.keys()]);
    return found;
  }

  #load(): Promise<Loaded> {
    return (this.#loading ??= this.#readAll());
  }

  async #readAll(): Promise<Loaded> {
    const definitions = new Map<string, AssistantDefinition>();
    const problems: { package: string; problem: string }[] = [];
    const folders = this.#deps.settings.value('assistants.packages');
    for (const folder of Array.isArray(folders) ? folders : [builtIn]) {
      try {
        const given = folder === builtIn ? builtInAssistants : await this.#deps.read(folder);
        for (const definition of given.slice(0, mostInPackage)) this.#add(definitions, definition);
      } catch (error) {
        problems.push({ package: folder, problem: messageOf(error) });
      }
    }
    return { definitions, problems };
  }

  #add(definitions: Map<string, AssistantDefinition>, given: unknown): void {
    const parsed = assistantDefinitionSchema.safeParse(given);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw invalid(given, `${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is not right'}`.trim());
    }
    const missing = unknownVariables(parsed.data.prompt, this.#deps.settings);
    if (missing.length > 0) {
      const known = variableNames.join(', ');
      throw invalid(given, `its prompt names {{${missing.join('}}, {{')}}}, but there are only ${known}`);
    }
    if (!definitions.has(parsed.data.name)) definitions.set(parsed.data.name, parsed.data);
  }
}

function unknown(assistant: string, known: readonly string[]): NexusError {
  return new NexusError('ASSISTANT_UNKNOWN', { assistant, known: known.join(', ') });
}

function invalid(given: unknown, problem: string): NexusError {
  const name =
    typeof given === 'object' && given !== null && 'name' in given ? String(given.name) : 'without a name';
  return new NexusError('ASSISTANT_INVALID', { assistant: name, problem });
}
