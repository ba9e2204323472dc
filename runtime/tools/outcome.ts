import { messageOf, NexusError } from '../base/errors.ts';
import type { Effect } from '../contract/manifest.ts';
import { isJsonObject, type JsonObject } from '../contract/plugins.ts';
import type { RunOutcome } from '../contract/runs.ts';

const errorTextLimit = 2_000;

/** How a run ended that the plugin answered. */
export function outcomeOfResult(result: JsonObject): RunOutcome {
  if (result['isError'] !== true) return { state: 'SUCCEEDED', error: null, result };
  const content: readonly unknown[] = Array.isArray(result['content']) ? result['content'] : [];
  const texts = content.flatMap((block) =>
    isJsonObject(block) && typeof block['text'] === 'string' ? [block['text']] : [],
  );
  return {
    state: 'FAILED',
    error: (texts[0] ?? 'the tool reported an error').slice(0, errorTextLimit),
    result,
  };
}

/**
 * How a run ended that was not answered. Once the request has left, an effect that may not be repeated can have
 * happened: the outcome is UNKNOWN, not FAILED.
 */
export function outcomeOfError(
  error: unknown,
  effect: Effect,
  hasLeft: boolean,
  isCanceled: boolean,
): RunOutcome {
  const text = messageOf(error).slice(0, errorTextLimit);
  if (error instanceof NexusError && error.code === 'RUN_DENIED')
    return { state: 'DENIED', error: text, result: null };
  const isLost = error instanceof NexusError && lostCodes.has(error.code);
  const mayHaveHappened = hasLeft && (effect === 'reversible' || effect === 'irreversible');
  if (isCanceled) return { state: 'CANCELED', error: text, result: null };
  return { state: isLost && mayHaveHappened ? 'UNKNOWN' : 'FAILED', error: text, result: null };
}

/** The plugin may have done its work and only the answer is missing. */
const lostCodes: ReadonlySet<string> = new Set([
  'PLUGIN_CRASHED',
  'PLUGIN_UNAVAILABLE',
  'RUN_TIMED_OUT',
  'OUTPUT_TOO_DEEP',
  'OUTPUT_TOO_LARGE',
  'REMOTE_LOST',
]);
