import type { MessageBlock, Step } from '../contract/threads.ts';
import { inOrderSaid } from '../contract/turn-content.ts';
import type { StopReason, ToolCallBlock } from '../contract/models.ts';

/** What a turn may use up. */
export interface TurnLimits {
  /** Answers of the model, each of which may ask for several tools. */
  readonly modelCalls: number;
  readonly outputTokens: number;
  /** Micro-dollars; calls whose price is not known count nothing. */
  readonly costMicros: number;
  /** Time at work: waiting for a person does not count. */
  readonly activeMs: number;
  /** The same tool with the same arguments so many times in a row is a loop. */
  readonly sameCalls: number;
}

/** Answers that may break off in one turn before it is given up. */
const mostInterrupted = 2;

export type NextAct =
  | { readonly kind: 'ask-model' }
  /** Calls of the last answer that have no result yet, in the order in which they were made. */
  | { readonly kind: 'run-tools'; readonly calls: readonly ToolCallBlock[] }
  | { readonly kind: 'finish'; readonly stop: StopReason }
  | { readonly kind: 'stop'; readonly reason: string };

/** What a turn does next, from its steps alone: after a crash it goes on as if nothing had happened. Pure. */
export function nextAct(steps: readonly Step[], limits: TurnLimits): NextAct {
  const lastAt = steps.findLastIndex(({ kind }) => kind === 'model_call');
  const last = steps[lastAt];
  if (last?.kind !== 'model_call') return exceeded(steps, limits) ?? { kind: 'ask-model' };
  const open = openCalls(steps);
  if (open.length > 0) return exceeded(steps, limits) ?? { kind: 'run-tools', calls: open };
  const said = inOrderSaid(steps);
  const isSteered = said.lastIndexOf(last) < said.findLastIndex(({ kind }) => kind === 'steering');
  if (callsOf(last.message.content).length === 0 && !isSteered) return { kind: 'finish', stop: last.stop };
  return exceeded(steps, limits) ?? { kind: 'ask-model' };
}

/** Calls of the last answer that have no result yet. */
export function openCalls(steps: readonly Step[]): readonly ToolCallBlock[] {
  const lastAt = steps.findLastIndex(({ kind }) => kind === 'model_call');
  const last = steps[lastAt];
  if (last?.kind !== 'model_call') return [];
  const after = steps.slice(lastAt);
  const answered = new Set(after.flatMap((step) => (step.kind === 'tool_result' ? step.result.callId : [])));
  return callsOf(last.message.content).filter(({ id }) => !answered.has(id));
}

/** How long a turn has been at work, in milliseconds: tools that ran side by side count one by one. */
export function activeMsOf(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + ('durationMs' in step ? step.durationMs : 0), 0);
}

function exceeded(steps: readonly Step[], limits: TurnLimits): NextAct | null {
  const reason =
    exceededCounts(steps, limits) ?? exceededSpending(steps, limits) ?? repeatedCall(steps, limits.sameCalls);
  return reason === undefined ? null : { kind: 'stop', reason };
}

function exceededCounts(steps: readonly Step[], limits: TurnLimits): string | undefined {
  const answers = steps.filter(({ kind }) => kind === 'model_call').length;
  if (answers >= limits.modelCalls)
    return `it asked the model ${limits.modelCalls} times, the most a turn may (setting agent.maxModelCalls)`;
  const broken = steps.filter((step) => step.kind === 'interrupted');
  if (broken.length > mostInterrupted)
    return `${broken.length} answers broke off, the last one because: ${broken.at(-1)?.reason ?? ''}`;
  return undefined;
}

function exceededSpending(steps: readonly Step[], limits: TurnLimits): string | undefined {
  const used = steps.flatMap((step) => ('usage' in step ? [step.usage] : []));
  const tokens = used.reduce((sum, { outputTokens }) => sum + (outputTokens ?? 0), 0);
  if (tokens >= limits.outputTokens)
    return `models wrote ${tokens} tokens; a turn may take ${limits.outputTokens} (setting agent.maxOutputTokens)`;
  const micros = used.reduce((sum, { costMicros }) => sum + (costMicros ?? 0), 0);
  if (micros >= limits.costMicros && micros > 0)
    return `it cost $${(micros / 1e6).toFixed(4)}; a turn may cost $${limits.costMicros / 1e6} (setting agent.maxDollars)`;
  if (activeMsOf(steps) >= limits.activeMs) return tooLong(limits);
  return undefined;
}

/** Why a turn that takes too long is stopped. */
export function tooLong({ activeMs }: TurnLimits): string {
  return `it was at work for ${Math.round(activeMs / 60_000)} minutes, the longest a turn may be (setting agent.maxMinutes)`;
}

/** A call that comes again and again: in a row, or as most of the latest calls. */
function repeatedCall(steps: readonly Step[], sameCalls: number): string | undefined {
  const calls = steps.flatMap((step) => (step.kind === 'model_call' ? callsOf(step.message.content) : []));
  const last = calls.at(-1);
  if (last === undefined) return undefined;
  const inRow = calls.slice(-sameCalls);
  if (inRow.length === sameCalls && inRow.every((call) => isSame(call, last)))
    return `it called ${last.name} ${sameCalls} times in a row with the same arguments`;
  const latest = calls.slice(-4 * sameCalls);
  const same = latest.filter((call) => isSame(call, last)).length;
  if (same < 2 * sameCalls) return undefined;
  return `${same} of its last ${latest.length} calls were ${last.name} with the same arguments`;
}

function isSame(a: ToolCallBlock, b: ToolCallBlock): boolean {
  return a.name === b.name && JSON.stringify(a.arguments) === JSON.stringify(b.arguments);
}

function callsOf(content: readonly MessageBlock[]): readonly ToolCallBlock[] {
  return content.filter((block) => block.type === 'tool_call');
}
