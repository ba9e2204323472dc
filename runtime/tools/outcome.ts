import { messageOf, NexusError } from '../base/errors.ts';
import { RpcError } from '../base/rpc-error.ts';
import type { Effect } from '../contract/manifest.ts';
import { isJsonObject, type JsonObject } from '../contract/plugins.ts';
import type { FinalRunState, RunOutcome } from '../contract/runs.ts';

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
 * How a run ended without a result. While the plugin is at work on it (`isAtWork`), an effect that may not be repeated
 * can have happened: unless the plugin answered with an error, the outcome is UNKNOWN, not FAILED or CANCELED.
 */
export function outcomeOfError(
  error: unknown,
  effect: Effect,
  isAtWork: boolean,
  isCanceled: boolean,
): RunOutcome {
  const text = messageOf(error).slice(0, errorTextLimit);
  const code = error instanceof NexusError ? error.code : undefined;
  const ended = (state: FinalRunState, words = text): RunOutcome => ({ state, error: words, result: null });
  if (code === 'RUN_DENIED') return ended('DENIED');
  if (error instanceof RpcError) return ended('FAILED');
  const mayHaveHappened = isAtWork && (effect === 'reversible' || effect === 'irreversible');
  if (isCanceled || code === 'RUN_CANCELED')
    return mayHaveHappened ? ended('UNKNOWN', `${text} ${canceledAtWork}`) : ended('CANCELED');
  return ended(mayHaveHappened && code !== undefined && lostCodes.has(code) ? 'UNKNOWN' : 'FAILED');
}

const canceledAtWork =
  'The plugin was at work on it and has not answered: whether it took effect is not known.';

/** The plugin may have done its work and only the answer is missing. */
const lostCodes: ReadonlySet<string> = new Set([
  'PLUGIN_CRASHED',
  'PLUGIN_UNAVAILABLE',
  'RUN_TIMED_OUT',
  'OUTPUT_TOO_DEEP',
  'OUTPUT_TOO_LARGE',
  'REMOTE_LOST',
]);
