import { ownPrefix } from '../contract/manifest.ts';
import { mayUse, type Assistants, type AssistantVersion } from '../contract/assistants.ts';
import type { ContextPart } from '../contract/context.ts';
import type { Trust } from '../contract/memories.ts';
import type { ModelTool } from '../contract/models.ts';
import { isJsonObject } from '../contract/plugins.ts';
import type { Scope } from '../contract/scope.ts';
import type {
  Execution,
  ExecutionStore,
  Message,
  MessageBlock,
  Thread,
  ThreadStore,
} from '../contract/threads.ts';
import type { Catalogue } from '../contract/tools.ts';
import { assistantsAbove } from './assistants-above.ts';
import { dataOf, systemOf, type ContextParts, type ContextSubject } from './context-parts.ts';
import { shown } from './framed-results.ts';
import { writtenBy } from './provenance.ts';

/** Messages that are looked at to say who stands behind what is written. */
const mostMessages = 1_000;

export interface BriefingDeps {
  readonly assistants: Assistants;
  readonly parts: ContextParts;
  readonly catalogue: Catalogue;
  readonly threads: ThreadStore;
  readonly executions: Pick<ExecutionStore, 'get' | 'untrustedKinds'>;
  readonly ownTools: readonly ModelTool[];
}

/** What a model is told beside the conversation. */
export interface Briefing {
  readonly assistant: AssistantVersion;
  readonly parts: readonly ContextPart[];
  readonly system: readonly string[];
  readonly data: string | null;
  readonly tools: readonly ModelTool[];
}

/** Who answers, what it is told, what it may use. */
export class Briefings {
  readonly #deps: BriefingDeps;

  constructor(deps: BriefingDeps) {
    this.#deps = deps;
  }

  /** Of a turn; `said` is what the person said last. */
  async ofTurn(
    scope: Scope,
    thread: Pick<Thread, 'id' | 'assistant'>,
    execution: Execution,
    said: string,
  ): Promise<Briefing> {
    const assistant = await this.#deps.assistants.forTurn(scope, thread, execution);
    const briefing = await this.of(scope, assistant, { thread, said, at: execution.createdAt });
    const above = await assistantsAbove(this.#deps, scope, execution);
    const tools = briefing.tools.filter(({ name }) => above.every((one) => mayUse(one, name)));
    return { ...briefing, tools };
  }

  async of(
    scope: Scope,
    assistant: AssistantVersion,
    about: Omit<ContextSubject, 'assistant'>,
  ): Promise<Briefing> {
    const { parts: contextParts, ownTools, catalogue } = this.#deps;
    const parts = await contextParts.of(scope, { ...about, assistant });
    const plugins = catalogue.tools().map(toolOf);
    const tools = [...ownTools, ...plugins.filter(({ name }) => !name.startsWith(ownPrefix))];
    return {
      assistant,
      parts,
      system: systemOf(parts),
      data: dataOf(parts),
      tools: tools.filter(({ name }) => mayUse(assistant, name)),
    };
  }

  /**
   * Whether a turn is told notes, files or reports that no person stands behind, or works for one that may have been. Of
   * skills it is told what their packages were agreed to with.
   */
  async hasUntrusted(scope: Scope, execution: Execution): Promise<boolean> {
    const { threads, executions } = this.#deps;
    const thread = await threads.get(scope, execution.thread);
    const messages = await threads.messages(scope, execution.thread, { limit: mostMessages });
    if (thread?.kind !== 'user' || messages.length === mostMessages) return true;
    if (messages.some(({ content }) => content.some(isGiven))) return true;
    const kinds = await executions.untrustedKinds(scope, execution.thread);
    return kinds.some((kind) => kind !== 'skills');
  }

  /** Who stands behind what a turn writes now. */
  async provenance(scope: Scope, execution: Execution): Promise<Exclude<Trust, 'person'>> {
    if (await this.hasUntrusted(scope, execution)) return 'untrusted';
    const { threads, executions } = this.#deps;
    const messages = await threads.messages(scope, execution.thread, { limit: mostMessages });
    const kinds = await executions.untrustedKinds(scope, execution.thread);
    return writtenBy(
      messages.map(({ content }) => content),
      kinds.length > 0,
    );
  }
}

function isGiven({ type }: MessageBlock): boolean {
  return type === 'attachment' || type === 'report';
}

/** The text of what a person said last. */
export function lastSaid(messages: readonly Message[]): string {
  const last = messages.findLast(({ role }) => role === 'user');
  return last?.content.flatMap((block) => (block.type === 'text' ? block.text : [])).join('\n') ?? '';
}

/** The messages, the last of them with what is told as data. */
export function withData(messages: readonly Message[], data: string | null): readonly Message[] {
  const last = messages.at(-1);
  if (data === null || last?.role !== 'user') return messages;
  return [...messages.slice(0, -1), { ...last, content: [{ type: 'text', text: data }, ...last.content] }];
}

/** A definition stays the same object until its plugin lists its tools anew. */
const told = new WeakMap<object, ModelTool>();

function toolOf(definition: Readonly<Record<string, unknown>>): ModelTool {
  const known = told.get(definition) ?? asSeen(definition);
  told.set(definition, known);
  return known;
}

/** What a plugin says of a tool was agreed to as a person saw it. */
function asSeen(definition: Readonly<Record<string, unknown>>): ModelTool {
  const { name, description, inputSchema } = definition;
  const text = JSON.stringify(inputSchema) ?? '{}';
  const seen = shown(text);
  const schema: unknown = seen === text ? inputSchema : JSON.parse(seen);
  return {
    name: String(name),
    description: typeof description === 'string' ? shown(description) : '',
    inputSchema: isJsonObject(schema) ? schema : { type: 'object' },
  };
}
