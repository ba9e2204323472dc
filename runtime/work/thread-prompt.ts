import { z } from 'zod';
import type { Directive, DirectiveEnd, DirectiveKind } from '../contract/directives.ts';
import type { Scope } from '../contract/scope.ts';
import type { ExecutionStore, ThreadStore } from '../contract/threads.ts';

const payloadSchema = z.object({
  text: z.string(),
  thread: z.string().nullable(),
  assistant: z.string(),
  title: z.string(),
});

export interface ThreadPromptDeps {
  readonly threads: ThreadStore;
  readonly executions: ExecutionStore;
  /** Says something in a thread; the turn that answers gets the id `execution`. */
  readonly send: (scope: Scope, thread: string, text: string, execution: string) => Promise<unknown>;
}

/** Directives that say something in a thread. The turn has the id of the directive, so it is begun once. */
export class ThreadPromptKind implements DirectiveKind {
  readonly #deps: ThreadPromptDeps;

  constructor(deps: ThreadPromptDeps) {
    this.#deps = deps;
  }

  async run(scope: Scope, directive: Directive): Promise<DirectiveEnd> {
    const before = await this.recover(scope, directive);
    if (before !== null) return before;
    const { text, thread, assistant, title } = payloadSchema.parse(directive.payload);
    const { threads, send } = this.#deps;
    const there = thread === null ? null : await threads.get(scope, thread);
    if (thread !== null && there === null)
      return { state: 'failed', reason: `there is no thread "${thread}" any more`, mayRepeat: false };
    if (there !== null && there.deletedAt !== null)
      return { state: 'failed', reason: `the thread "${there.id}" is in the trash`, mayRepeat: false };
    const { id } = there ?? (await threads.create(scope, { assistant }));
    if (there === null) await threads.update(scope, id, { title });
    await send(scope, id, text, directive.id);
    return { state: 'succeeded', result: { thread: id, execution: directive.id } };
  }

  async recover(scope: Scope, { id }: Directive): Promise<DirectiveEnd | null> {
    const execution = await this.#deps.executions.get(scope, id);
    if (execution === null) return null;
    return { state: 'succeeded', result: { thread: execution.thread, execution: id } };
  }
}
