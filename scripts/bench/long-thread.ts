import { systemClock } from '../../runtime/base/clock.ts';
import { createIds } from '../../runtime/base/ids.ts';
import { operatorScope } from '../../runtime/contract/scope.ts';
import { openStore } from '../../runtime/store/open.ts';

/** A thread with so many messages, written through the store as a kernel would; the id of the thread. */
export async function fillThread(
  dataDir: string,
  messages: number,
  model: string,
  signal: AbortSignal,
): Promise<string> {
  await using store = await openStore({ dataDir, clock: systemClock });
  const { threads, executions } = store.conversations(createIds(systemClock, store.aboveAllRuns));
  const scope = operatorScope('bench');
  const thread = await threads.create(scope, { assistant: 'nexus' });
  const usage = { inputTokens: 900, outputTokens: 90, cacheReadTokens: null, cacheWriteTokens: null };
  const spent = { model: `anthropic/${model}`, usage: { ...usage, costMicros: null, isEstimated: false } };
  for (let index = 0; index < messages / 2; index++) {
    signal.throwIfAborted();
    const text = `Question ${index}: ${'some words to fill a line. '.repeat(8)}`;
    const { execution } = await threads.send(scope, thread.id, [{ type: 'text', text }]);
    const message = {
      role: 'assistant' as const,
      content: [{ type: 'text' as const, text: `${text} Indeed.` }],
    };
    await executions.move(scope, execution, ['QUEUED'], 'RUNNING');
    const step = {
      kind: 'model_call' as const,
      ...spent,
      message,
      stop: 'end' as const,
      durationMs: 900,
      told: 0,
    };
    await executions.append(scope, execution, 0, step);
    await executions.move(scope, execution, ['RUNNING'], 'SUCCEEDED');
  }
  return thread.id;
}
