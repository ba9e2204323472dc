import type { MessageBlock, MessageUsage, Step, UntrustedPart } from './threads.ts';

// What the steps of a turn come to: the message that they write.

/** Titles in one line of it. */
const mostTitles = 5;

/**
 * Texts, tool calls and results in the order in which they were said. What a person said while a model answered comes after
 * that answer; an answer that broke off is shown while nothing has taken its place.
 */
export function contentOf(steps: readonly Step[]): MessageBlock[] {
  const runs = new Map<string, string>();
  const took = new Map<string, number>();
  for (const step of steps) {
    if (step.kind === 'tool_started') runs.set(step.callId, step.run);
    if (step.kind === 'tool_result') took.set(step.result.callId, step.durationMs);
  }
  return contentOfSaid(inOrderSaid(steps)).map((block) => {
    if (block.type === 'tool_call') return withRun(block, runs.get(block.id));
    return block.type === 'tool_result' ? { ...block, durationMs: took.get(block.callId) ?? 0 } : block;
  });
}

/** A call, and what is on record of it once it has begun. */
function withRun(call: Extract<MessageBlock, { type: 'tool_call' }>, run: string | undefined): MessageBlock {
  return run === undefined ? call : { ...call, run };
}

/** The same of steps that are in the order in which they were said. */
export function contentOfSaid(steps: readonly Step[]): MessageBlock[] {
  const lastAnswer = steps.findLastIndex(({ kind }) => kind === 'model_call');
  return steps.flatMap((step, index): MessageBlock[] => {
    if (step.kind === 'model_call') return step.message.content;
    if (step.kind === 'tool_result') return [step.result];
    if (step.kind === 'untrusted') return toldOf(step.parts);
    if (step.kind === 'interrupted' && index > lastAnswer && step.text !== '')
      return [{ type: 'text', text: step.text }];
    return step.kind === 'steering' ? [{ type: 'steering', text: step.text }] : [];
  });
}

/** What people are shown of notes that others wrote. The list of skills is told in every turn and says nothing. */
export function toldOf(parts: readonly UntrustedPart[]): MessageBlock[] {
  const shown = parts.filter(({ kind }) => kind !== 'skills');
  return shown.length === 0 ? [] : [{ type: 'told', parts: shown }];
}

/** One line of it. */
export function toldLine(parts: readonly UntrustedPart[]): string {
  const titles = parts.slice(0, mostTitles).map(({ title }) => title);
  const more = parts.length > titles.length ? ` and ${parts.length - titles.length} more` : '';
  return `Told things others wrote: ${titles.join(', ')}${more}`;
}

/** The same steps; of those a model had not been told of when it answered, its answer comes first. */
export function inOrderSaid(steps: readonly Step[]): readonly Step[] {
  const ordered: Step[] = [];
  for (const step of steps) {
    const untold = step.kind === 'model_call' ? ordered.splice(step.told) : [];
    ordered.push(...untold.filter((one) => !isSteering(one)), step, ...untold.filter(isSteering));
  }
  return ordered;
}

function isSteering({ kind }: Step): boolean {
  return kind === 'steering';
}

/** All that models took for a turn; null while none was asked. */
export function usageOf(steps: readonly Step[]): MessageUsage | null {
  const calls = steps.filter((step) => 'usage' in step);
  if (calls.length === 0) return null;
  const sum = (
    key: 'inputTokens' | 'outputTokens' | 'cacheReadTokens' | 'cacheWriteTokens' | 'costMicros',
  ) => {
    const known = calls.map(({ usage }) => usage[key]).filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
  };
  return {
    inputTokens: sum('inputTokens'),
    outputTokens: sum('outputTokens'),
    cacheReadTokens: sum('cacheReadTokens'),
    cacheWriteTokens: sum('cacheWriteTokens'),
    costMicros: sum('costMicros'),
    isEstimated: calls.some(({ usage }) => usage.isEstimated),
    modelCalls: calls.length,
    unknownCosts: calls.filter(({ usage }) => usage.costMicros === null).length,
    durationMs: calls.reduce((total, { durationMs }) => total + durationMs, 0),
  };
}
