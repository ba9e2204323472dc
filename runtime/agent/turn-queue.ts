import { z } from 'zod';
import { messageOf, NexusError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Approvals } from '../contract/approvals.ts';
import { operatorScope, type Scope } from '../contract/scope.ts';
import {
  saidBlockSchema,
  type Execution,
  type MessageBlock,
  type NewThread,
  type SaidBlock,
  type Sent,
  type Thread,
} from '../contract/threads.ts';
import { requestSent } from './ask-model.ts';
import { Turn, type TurnDeps } from './loop.ts';
import { titleThread, type TitleDeps } from './titles.ts';

/** Turns that run at the same time; the others wait in their order. */
const mostRunning = 16;

export interface TurnQueueDeps extends TurnDeps, TitleDeps {
  readonly approvals: Approvals;
  readonly log: Logger;
  /** Told when a turn has ended or waits for a person, after that is on record. */
  readonly onEnd: () => void;
}

interface Waiting {
  readonly scope: Scope;
  readonly thread: string;
  readonly execution: string;
}

interface Running extends Waiting {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  /** Null when there is nothing to run. */
  readonly turn: Promise<Turn | null>;
}

/** Runs the turns of all threads, one at a time in each; takes up those that a stop of the kernel cut off. */
export class TurnQueue implements AsyncDisposable {
  readonly #deps: TurnQueueDeps;
  readonly #waiting: Waiting[] = [];
  /** By thread. */
  readonly #running = new Map<string, Running>();
  /** What is told to turns that wait, by thread: one word after the other, and before the turn goes on. */
  readonly #steering = new Map<string, Promise<unknown>>();
  readonly #background = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  readonly #unlisten: () => void;

  constructor(deps: TurnQueueDeps) {
    this.#deps = deps;
    this.#unlisten = deps.approvals.onAnswer(({ execution }) => {
      if (execution === null) return;
      this.#takeUp(execution).catch((error: unknown) =>
        deps.log.error({ err: error, execution }, 'a turn that was answered was not taken up'),
      );
    });
  }

  /** A thread with what a person says in it first: all of it is on record, or no thread begins. */
  async begin(scope: Scope, thread: NewThread, content: readonly MessageBlock[]): Promise<Thread> {
    const begun = await this.#deps.threads.begin(scope, thread, content);
    await this.#added({ scope, thread: begun.thread.id, execution: begun.execution });
    return begun.thread;
  }

  /** What a person says: it begins a turn, or is told to the one that is under way. */
  async send(
    scope: Scope,
    thread: string,
    content: readonly MessageBlock[],
    execution?: string,
  ): Promise<Sent> {
    const sent = await this.#deps.threads.send(scope, thread, content, undefined, execution);
    await this.#added({ scope, thread, execution: sent.execution });
    return sent;
  }

  /** Says a message of a person again, edited or as it was; what followed it goes to the trash. */
  async resend(
    scope: Scope,
    thread: string,
    message: string,
    content: readonly SaidBlock[] | undefined,
  ): Promise<Sent> {
    const said = content ?? (await this.#said(scope, thread, message));
    const sent = await this.#deps.threads.send(scope, thread, said, message);
    await this.#added({ scope, thread, execution: sent.execution });
    return sent;
  }

  /** Says once more what began a turn. Throws MESSAGE_UNKNOWN when no person said it, or it is in the trash. */
  async sayAgain(scope: Scope, { id, thread, message }: Execution): Promise<Sent> {
    const [said] = await this.#deps.threads.messages(scope, thread, { before: message, limit: 1 });
    if (said?.execution !== id) throw new NexusError('MESSAGE_UNKNOWN', { message, thread });
    return await this.send(scope, thread, await this.#said(scope, thread, said.id));
  }

  async #said(scope: Scope, thread: string, message: string): Promise<readonly SaidBlock[]> {
    const found = await this.#deps.threads.message(scope, thread, message);
    const said = z.array(saidBlockSchema).safeParse(found.content);
    // A report of a sub-agent is nothing that a person said.
    if (!said.success) throw new NexusError('MESSAGE_UNKNOWN', { message, thread });
    return said.data;
  }

  /** Told to the turn that is under way in a thread, or waits for a person there; false when there is none. */
  async steer(scope: Scope, thread: string, text: string): Promise<boolean> {
    const running = this.#running.get(thread);
    if (running !== undefined) return (await (await running.turn)?.steer(text)) ?? false;
    const told = (this.#steering.get(thread) ?? Promise.resolve()).then(
      async () => await this.#tellWaiting(scope, thread, text),
    );
    const settled = told
      // Whoever said it hears of it.
      .catch(() => {})
      .finally(() => {
        if (this.#steering.get(thread) === settled) this.#steering.delete(thread);
      });
    this.#steering.set(thread, settled);
    return await told;
  }

  async #tellWaiting(scope: Scope, thread: string, text: string): Promise<boolean> {
    const { executions, events } = this.#deps;
    const open = await executions.open(scope);
    const waiting = open.findLast((one) => one.thread === thread && one.state === 'WAITING');
    if (waiting === undefined) return false;
    const position = waiting.steps.length;
    const step = await executions.append(scope, waiting.id, position, { kind: 'steering', text });
    events.tell(thread, waiting.message, { type: 'step', position, step });
    return true;
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
    const { executions, events } = this.#deps;
    const canceled = new NexusError('TURN_CANCELED');
    const found = await executions.get(scope, execution);
    if (found?.state === 'RUNNING') {
      // It was cut off: what it was doing then is told by its own end.
      const turn = await this.#open({ scope, thread: found.thread, execution }, AbortSignal.abort(canceled));
      return await turn?.run();
    }
    const reason = canceled.message;
    await executions.move(scope, execution, ['QUEUED', 'WAITING'], 'CANCELED', reason);
    if (found !== null)
      events.tell(found.thread, found.message, { type: 'state', state: 'CANCELED', reason });
  }

  /** Ends all turns of a thread. */
  async cancelThread(scope: Scope, thread: string): Promise<void> {
    const open = await this.#deps.executions.open(scope);
    for (const { id } of open.filter((execution) => execution.thread === thread)) {
      // It may have ended by itself.
      await this.cancel(scope, id).catch((error: unknown) => {
        if (!(error instanceof NexusError) || error.code !== 'EXECUTION_STATE') throw error;
      });
    }
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
    this.#closing.abort(new NexusError('KERNEL_STOPPING'));
    this.#unlisten();
    this.#waiting.length = 0;
    for (const { stop } of this.#running.values()) stop.abort(new NexusError('KERNEL_STOPPING'));
    await this.idle();
    await Promise.all(this.#background);
  }

  /** The model is asked before whoever said it hears that it is on record: it is the answer that is waited for. */
  async #added(waiting: Waiting): Promise<void> {
    this.#add(waiting);
    await requestSent();
  }

  #add(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#begin();
  }

  #begin(): void {
    if (this.#closing.signal.aborted || this.#running.size >= mostRunning) return;
    const at = this.#waiting.findIndex(({ thread }) => !this.#running.has(thread));
    const [next] = at < 0 ? [] : this.#waiting.splice(at, 1);
    if (next === undefined) return;
    const stop = new AbortController();
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const turn = this.#open(next, stop.signal);
    const running: Running = { ...next, stop, ended, turn };
    this.#running.set(next.thread, running);
    void this.#run(running, resolve);
    this.#begin();
  }

  async #open(
    { scope, thread: threadId, execution: id }: Waiting,
    signal: AbortSignal,
  ): Promise<Turn | null> {
    await this.#steering.get(threadId);
    const thread = await this.#deps.threads.get(scope, threadId);
    const execution = await this.#deps.executions.get(scope, id);
    if (thread === null || execution === null) return null;
    return new Turn(this.#deps, scope, thread, execution, signal);
  }

  async #run({ scope, thread, execution, turn }: Running, onEnd: () => void): Promise<void> {
    try {
      await (await turn)?.run();
      this.#afterwards(this.#title(scope, thread, execution), thread);
    } catch (error) {
      this.#deps.log.error({ err: error, execution }, `a turn ended badly: ${messageOf(error)}`);
    } finally {
      this.#running.delete(thread);
      onEnd();
      if (!this.#closing.signal.aborted) this.#deps.onEnd();
      this.#begin();
    }
  }

  /** The next turn does not wait for it. */
  #afterwards(work: Promise<void>, thread: string): void {
    const done = work
      .catch((error: unknown) => {
        if (!this.#closing.signal.aborted)
          this.#deps.log.error({ err: error, thread }, 'a thread was given no title');
      })
      .finally(() => this.#background.delete(done));
    this.#background.add(done);
  }

  async #title(scope: Scope, id: string, execution: string): Promise<void> {
    const thread = await this.#deps.threads.get(scope, id);
    if (thread === null || thread.title !== null) return;
    const title = await titleThread(this.#deps, scope, thread, this.#closing.signal);
    if (title === null) return;
    const turn = await this.#deps.executions.get(scope, execution);
    if (turn !== null) this.#deps.events.tell(id, turn.message, { type: 'title', title });
  }

  /** An answer may let a turn go on that waits for it. */
  async #takeUp(id: string): Promise<void> {
    // An answer can be faster than the turn that goes to wait for it.
    await [...this.#running.values()].find(({ execution }) => execution === id)?.ended;
    if (this.#closing.signal.aborted) return;
    const found = (await this.#deps.executions.open(system)).find((execution) => execution.id === id);
    const isUnderWay = [...this.#waiting, ...this.#running.values()].some(
      ({ execution }) => execution === id,
    );
    if (found?.state === 'WAITING' && !isUnderWay) this.#add(waitingOf(found));
  }
}

const system = operatorScope('agent');

function waitingOf({ id, thread, user, group }: Execution): Waiting {
  return { scope: { ...system, user, group }, thread, execution: id };
}
