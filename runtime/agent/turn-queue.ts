import { messageOf, NexusError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Approvals } from '../contract/approvals.ts';
import type { ContentBlock } from '../contract/models.ts';
import { operatorScope, type Scope } from '../contract/scope.ts';
import type { Execution, Message, ThreadStore } from '../contract/threads.ts';
import { Turn, type TurnDeps } from './loop.ts';

/** Turns that run at the same time; the others wait in their order. */
const mostRunning = 16;

export interface TurnQueueDeps extends Omit<TurnDeps, 'steering'> {
  readonly threads: ThreadStore;
  readonly approvals: Approvals;
  readonly log: Logger;
}

interface Waiting {
  readonly scope: Scope;
  readonly thread: string;
  readonly execution: string;
}

interface Running extends Waiting {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  readonly steering: string[];
}

/** Runs the turns of all threads, one at a time in each; takes up those that a stop of the kernel cut off. */
export class TurnQueue implements AsyncDisposable {
  readonly #deps: TurnQueueDeps;
  readonly #waiting: Waiting[] = [];
  /** By thread. */
  readonly #running = new Map<string, Running>();
  readonly #unlisten: () => void;
  #isClosed = false;

  constructor(deps: TurnQueueDeps) {
    this.#deps = deps;
    this.#unlisten = deps.approvals.onAnswer(({ execution }) => {
      void this.#takeUp(execution);
    });
  }

  /** What a person says: it begins a turn, or is told to the one that is under way. */
  async send(
    scope: Scope,
    thread: string,
    content: readonly ContentBlock[],
  ): Promise<{ readonly message: Message; readonly answer: Message; readonly execution: string }> {
    const sent = await this.#deps.threads.send(scope, thread, content);
    this.#add({ scope, thread, execution: sent.execution });
    return sent;
  }

  /** Told to the turn that is under way in a thread; false when there is none. */
  steer(thread: string, text: string): boolean {
    const running = this.#running.get(thread);
    running?.steering.push(text);
    return running !== undefined;
  }

  /** Ends a turn; what it did is kept. Throws EXECUTION_STATE when it has ended. */
  async cancel(scope: Scope, execution: string): Promise<void> {
    const running = [...this.#running.values()].find((one) => one.execution === execution);
    if (running !== undefined) {
      running.stop.abort(new NexusError('TURN_CANCELED'));
      await running.ended;
      return;
    }
    const at = this.#waiting.findIndex((one) => one.execution === execution);
    if (at >= 0) this.#waiting.splice(at, 1);
    const reason = new NexusError('TURN_CANCELED').message;
    await this.#deps.executions.move(scope, execution, ['QUEUED', 'WAITING'], 'CANCELED', reason);
  }

  /** Takes up the turns that were not over when the kernel ended. Those that wait for a person go on waiting. */
  async resume(): Promise<void> {
    for (const execution of await this.#deps.executions.open(system)) {
      if (execution.state !== 'WAITING') this.#add(waitingOf(execution));
    }
  }

  /** Settles when no turn runs or waits for its turn. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  /** Turns that run are cut off where they are, to be taken up by the next kernel. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#unlisten();
    this.#waiting.length = 0;
    for (const { stop } of this.#running.values()) stop.abort(new NexusError('KERNEL_STOPPING'));
    await this.idle();
  }

  #add(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#begin();
  }

  #begin(): void {
    if (this.#isClosed || this.#running.size >= mostRunning) return;
    const at = this.#waiting.findIndex(({ thread }) => !this.#running.has(thread));
    const [next] = at < 0 ? [] : this.#waiting.splice(at, 1);
    if (next === undefined) return;
    const stop = new AbortController();
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const running: Running = { ...next, stop, ended, steering: [] };
    this.#running.set(next.thread, running);
    void this.#run(running, resolve);
    this.#begin();
  }

  async #run(
    { scope, thread: threadId, execution: id, stop, steering }: Running,
    onEnd: () => void,
  ): Promise<void> {
    try {
      const thread = await this.#deps.threads.get(scope, threadId);
      const execution = await this.#deps.executions.get(scope, id);
      if (thread === null || execution === null) return;
      await new Turn({ ...this.#deps, steering }, scope, thread, execution, stop.signal).run();
    } catch (error) {
      this.#deps.log.error({ err: error, execution: id }, `a turn ended badly: ${messageOf(error)}`);
    } finally {
      this.#running.delete(threadId);
      onEnd();
      this.#begin();
    }
  }

  /** An answer may let a turn go on that waits for it. */
  async #takeUp(id: string): Promise<void> {
    const found = (await this.#deps.executions.open(system)).find((execution) => execution.id === id);
    if (found?.state === 'WAITING') this.#add(waitingOf(found));
  }
}

const system = operatorScope('agent');

function waitingOf({ id, thread, user, group }: Execution): Waiting {
  return { scope: { ...system, user, group }, thread, execution: id };
}
