import { messageOf, NexusError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Assistants } from '../contract/assistants.ts';
import { operatorScope, type Scope } from '../contract/scope.ts';
import { settingDefinitionSchema, type SettingDefinition, type Settings } from '../contract/settings.ts';
import type { SubAgent, SubAgentRecords } from '../contract/sub-agents.ts';
import type { Execution, ExecutionStore, Thread, ThreadStore } from '../contract/threads.ts';
import type { TurnQueue } from './turn-queue.ts';

/** Sub-agents that are listed, or reported in one message, at most. */
const mostListed = 200;
const mostReported = 20;
const finals: ReadonlySet<string> = new Set(['SUCCEEDED', 'FAILED', 'CANCELED']);

export const subAgentSettings: readonly SettingDefinition[] = [
  limit('subAgentDepth', 'Sub-agents of sub-agents: how deep; 0: none at all', 2, 0, 5),
  limit('subAgentsOpen', 'Sub-agents that one conversation may have at work', 8, 1, 100),
  limit('subAgentMinutes', 'Minutes a turn of a sub-agent may be at work', 30, 0.01, 10_080),
].map((definition) => settingDefinitionSchema.parse(definition));

export interface SubAgentsDeps {
  readonly threads: ThreadStore;
  readonly executions: ExecutionStore;
  readonly records: SubAgentRecords;
  readonly assistants: Pick<Assistants, 'get'>;
  readonly turns: () => Pick<TurnQueue, 'send' | 'cancel' | 'cancelThread'>;
  readonly settings: Settings;
  readonly log: Logger;
}

/** What an agent hands to a sub-agent. */
export interface Task {
  readonly execution: Execution;
  /** Id of the call. */
  readonly call: string;
  readonly task: string;
  readonly title: string;
  readonly assistant: string | undefined;
  readonly minutes: number | undefined;
}

/**
 * Agents that work for an agent: each is a thread with turns of its own, so it survives what they survive. Whoever started one
 * is not blocked: what it came to begins a new turn there, once that thread is free.
 */
export class SubAgents implements AsyncDisposable {
  readonly #deps: SubAgentsDeps;
  #delivering: Promise<void> = Promise.resolve();

  constructor(deps: SubAgentsDeps) {
    this.#deps = deps;
  }

  /** Starts one; the one that is there when the same call did so before. Throws SUB_AGENT_LIMIT or ASSISTANT_UNKNOWN. */
  async start(scope: Scope, asked: Task): Promise<Thread> {
    const { threads, turns } = this.#deps;
    const { execution, call, task } = asked;
    const started = await threads.startedBy(scope, execution.id, call);
    const thread = started ?? (await this.#create(scope, asked));
    // A crash may have come between the two.
    const said = await threads.messages(scope, thread.id, { limit: 1 });
    if (said.length === 0) await turns().send(scope, thread.id, [{ type: 'text', text: task }]);
    return thread;
  }

  /** Those that a thread started, and theirs; newest first. */
  async below(scope: Scope, thread: string): Promise<readonly SubAgent[]> {
    return await this.#deps.records.below(scope, thread, mostListed);
  }

  /**
   * Ends a turn and all that works for its thread, of which nobody is told then. Throws EXECUTION_STATE when there is nothing
   * to end.
   */
  async cancel(scope: Scope, id: string): Promise<void> {
    const { executions, turns } = this.#deps;
    const execution = await executions.get(scope, id);
    const below = execution === null ? [] : await this.below(scope, execution.thread);
    const open = below.filter(isOpen);
    const isOver = execution !== null && finals.has(execution.state);
    if (!isOver || open.length === 0) await turns().cancel(scope, id);
    await this.#end(scope, below, open);
  }

  /** Ends all turns of a thread and all that works for it. */
  async cancelThread(scope: Scope, thread: string): Promise<void> {
    await this.#deps.turns().cancelThread(scope, thread);
    const below = await this.below(scope, thread);
    await this.#end(scope, below, below.filter(isOpen));
  }

  async #end(scope: Scope, below: readonly SubAgent[], open: readonly SubAgent[]): Promise<void> {
    await this.#deps.records.dismiss(
      scope,
      below.map(({ thread }) => thread),
    );
    for (const { execution } of open) {
      if (execution !== null) await this.#deps.turns().cancel(scope, execution).catch(unlessOver);
    }
    this.look();
  }

  /** Delivers what is to be delivered. Called when a turn has ended, and when the kernel begins. */
  look(): void {
    this.#delivering = this.#delivering.then(() => this.#deliver());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#delivering;
  }

  async #create(scope: Scope, { execution, call, title, ...asked }: Task): Promise<Thread> {
    const { threads, assistants } = this.#deps;
    const above = await threads.get(scope, execution.thread);
    if (above === null) throw new NexusError('THREAD_UNKNOWN', { thread: execution.thread });
    const assistant = asked.assistant ?? above.assistant;
    await assistants.get(scope, assistant);
    await this.#checkLimits(scope, above);
    const timeLimitMs = Math.round(this.#minutes(asked.minutes) * 60_000);
    return await threads.createSub(scope, {
      assistant,
      title,
      timeLimitMs,
      above,
      parent: execution.id,
      call,
    });
  }

  async #deliver(): Promise<void> {
    const { records, turns, log } = this.#deps;
    try {
      for (const { above, user, group } of await records.deliveries()) {
        const scope = { ...operatorScope('agent'), user, group };
        const reports = await records.reports(scope, above, mostReported);
        if (reports.length > 0) await turns().send(scope, above, reports).catch(unlessOver);
      }
    } catch (error) {
      log.error({ err: error }, `results of sub-agents were not delivered: ${messageOf(error)}`);
    }
  }

  async #checkLimits(scope: Scope, { id, ancestors }: Thread): Promise<void> {
    const depth = this.#setting('subAgentDepth');
    if (ancestors.length >= depth)
      throw new NexusError('SUB_AGENT_LIMIT', {
        problem: `sub-agents may be ${depth} deep`,
        key: 'subAgentDepth',
      });
    const open = (await this.below(scope, ancestors[0] ?? id)).filter(
      ({ state }) => state === null || !finals.has(state),
    );
    const most = this.#setting('subAgentsOpen');
    if (open.length >= most)
      throw new NexusError('SUB_AGENT_LIMIT', {
        problem: `${open.length} are at work already`,
        key: 'subAgentsOpen',
      });
  }

  #minutes(asked: number | undefined): number {
    const most = this.#setting('subAgentMinutes');
    return asked === undefined ? most : Math.min(asked, most);
  }

  #setting(key: string): number {
    return Number(this.#deps.settings.value(`agent.${key}`));
  }
}

function isOpen({ state }: SubAgent): boolean {
  return state !== null && !finals.has(state);
}

/** Somebody else was faster: what was to be done is done. */
function unlessOver(error: unknown): void {
  const isOver =
    error instanceof NexusError && (error.code === 'EXECUTION_STATE' || error.code === 'THREAD_TRASHED');
  if (!isOver) throw error;
}

function limit(key: string, title: string, standard: number, min: number, max: number) {
  return { key: `agent.${key}`, category: 'agent', type: 'number', title, default: standard, min, max };
}
