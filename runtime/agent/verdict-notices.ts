import { NexusError } from '../base/errors.ts';
import type { DirectiveStore } from '../contract/directives.ts';
import type { RunVerdict, VerdictStore } from '../contract/reconcile.ts';
import { operatorScope } from '../contract/scope.ts';
import type { Signal } from '../contract/signals.ts';
import type { Execution, ExecutionStore, ThreadStore } from '../contract/threads.ts';
import type { TurnQueue } from './turn-queue.ts';

export interface VerdictNoticesDeps {
  readonly directives: Pick<DirectiveStore, 'ofRun'>;
  readonly verdicts: Pick<VerdictStore, 'get'>;
  readonly threads: ThreadStore;
  readonly executions: ExecutionStore;
  readonly turns: Pick<TurnQueue, 'send'>;
}

/** A subscriber of signals that tells a conversation what became of a call of which it was told that nobody knows. */
export function verdictNotices({ directives, verdicts, threads, executions, turns }: VerdictNoticesDeps) {
  const onSignal = async (signal: Pick<Signal, 'id' | 'name' | 'subject' | 'user'>): Promise<void> => {
    const { id, name, subject: run } = signal;
    if (name !== 'run.reconciled' || run === null) return;
    const scope = { ...operatorScope('reconcile'), user: signal.user };
    const verdict = await verdicts.get(scope, run);
    const directive = await directives.ofRun(scope, run);
    if (verdict === null || directive === null || directive.execution === null) return;
    const execution = await executions.get(scope, directive.execution);
    if (execution === null || !wasLeftOpen(execution, verdict)) return;
    const thread = await threads.get(scope, execution.thread);
    // The turn has the id of the signal, so it is begun once, however often that is told.
    if (thread === null || (await executions.get(scope, id)) !== null) return;
    const advice = verdict.happened ? 'Do not repeat it.' : 'It may be called again.';
    const text = `It is known now what became of a call that was left open (run ${run}). ${verdictText(verdict)} ${advice}`;
    // In the conversation of a person, also when a sub-agent made the call.
    await turns
      .send(scope, thread.ancestors[0] ?? thread.id, [{ type: 'notice', text }], id)
      .catch(unlessGone);
  };
  return { name: 'verdict-notices', onSignal };
}

/** A verdict as models are told it. */
export function verdictText({ happened, note }: Pick<RunVerdict, 'happened' | 'note'>): string {
  return `It ${happened ? 'happened' : 'did not happen'}: ${note}.`;
}

/** Whether the turn was told something else of the run. What is not told yet will be by the turn itself, with the verdict. */
function wasLeftOpen({ steps }: Execution, verdict: RunVerdict): boolean {
  const started = steps.findLast((step) => step.kind === 'tool_started' && step.run === verdict.run);
  if (started?.kind !== 'tool_started') return false;
  const { callId } = started;
  const told = steps.findLast((step) => step.kind === 'tool_result' && step.result.callId === callId);
  if (told?.kind !== 'tool_result') return false;
  const [first] = told.result.content;
  return first?.type !== 'text' || !first.text.startsWith(verdictText(verdict));
}

/** The conversation is in the trash, or gone. */
function unlessGone(error: unknown): void {
  if (!(error instanceof NexusError) || error.code !== 'THREAD_UNKNOWN') throw error;
}
