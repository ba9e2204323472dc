import type { Message, MessageBlock, Step } from '../contract/threads.ts';
import { contentOfSaid } from '../contract/turn-content.ts';
import { estimateMessages } from '../contract/token-estimate.ts';
import type { shortened } from './conversation.ts';
import { conversationOf } from './conversation.ts';

type View = ReturnType<typeof shortened>;

/** What of a conversation is summed up: the first of its messages, and the first of the turn's own steps. */
export interface Cut {
  readonly messages: number;
  readonly steps: number;
}

/** Longest part of a text and of a tool's result that is read for a summary, in characters. */
const mostTextChars = 8_000;
const mostResultChars = 2_000;

/**
 * Where to cut so that about `keepTokens` stay word for word. What the turn answers always stays, and a tool's call
 * together with its result. Null when nothing can be cut. Pure.
 */
export function planCut({ messages, rest }: View, keepTokens: number): Cut | null {
  const earlier = messages.slice(0, -1);
  const restTokens = tokensOfSteps(rest);
  if (restTokens <= keepTokens || stepBoundaries(rest).length === 0) {
    let kept = 0;
    let tokens = restTokens;
    for (const message of earlier.toReversed()) {
      tokens += estimateMessages(conversationOf({ messages: [message], summary: null, pinned: [] }, []));
      if (tokens > keepTokens) break;
      kept++;
    }
    const cut = earlier.length - kept;
    return cut === 0 ? null : { messages: cut, steps: 0 };
  }
  const boundaries = stepBoundaries(rest);
  const steps =
    boundaries.find((at) => tokensOfSteps(rest.slice(at)) <= keepTokens) ?? boundaries.at(-1) ?? 0;
  return { messages: earlier.length, steps };
}

/** Where the steps of a turn can be cut: before an answer, all calls before it having their results. */
function stepBoundaries(rest: readonly Step[]): readonly number[] {
  const first = rest.findIndex(({ kind }) => kind === 'model_call');
  const answers = rest.flatMap(({ kind }, index) => (kind === 'model_call' && index > first ? [index] : []));
  const last = rest.findLast((step) => step.kind === 'model_call');
  const results = rest.flatMap((step) => (step.kind === 'tool_result' ? step.result.callId : []));
  const calls = last?.message.content.filter(({ type }) => type === 'tool_call') ?? [];
  const isSettled = calls.length > 0 && calls.every((call) => 'id' in call && results.includes(call.id));
  return isSettled ? [...answers, rest.length] : answers;
}

function tokensOfSteps(steps: readonly Step[]): number {
  return estimateMessages(conversationOf({ messages: [], summary: null, pinned: [] }, steps));
}

/** What is cut, as a text to sum up. */
export function transcriptOf({ messages, summary, rest }: View, cut: Cut): string {
  const request = messages.at(-1);
  return [
    ...(summary === null ? [] : [`Summary of what was before:\n${summary}`]),
    ...messages.slice(0, cut.messages).map(saidBy),
    ...(cut.steps === 0 || request === undefined ? [] : [`What is being answered:\n${saidBy(request)}`]),
    ...contentOfSaid(rest.slice(0, cut.steps)).map((block) => described(block, 'Assistant')),
  ].join('\n\n');
}

function saidBy({ role, content }: Message): string {
  return content.map((block) => described(block, role === 'user' ? 'Person' : 'Assistant')).join('\n');
}

function described(block: MessageBlock, who: string): string {
  switch (block.type) {
    case 'text':
      return `${who}: ${cutText(block.text, mostTextChars)}`;
    case 'thinking':
    case 'told':
      return '';
    case 'image':
      return `${who}: (an image)`;
    case 'attachment':
      return `${who}: (the file ${block.name}) ${cutText(block.text, mostTextChars)}`;
    case 'report':
      return `A sub-agent (${block.state}): ${cutText(block.text, mostTextChars)}`;
    case 'notice':
      return `Nexus: ${cutText(block.text, mostTextChars)}`;
    case 'steering':
      return `Person: ${cutText(block.text, mostTextChars)}`;
    case 'tool_call':
      return `Assistant calls ${block.name} with ${cutText(JSON.stringify(block.arguments), mostResultChars)}`;
    default: {
      const text = block.content.map((part) => (part.type === 'text' ? part.text : '(an image)')).join('\n');
      return `${block.isError ? 'It failed' : 'Result'}: ${cutText(text, mostResultChars)}`;
    }
  }
}

function cutText(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}… (cut; ${text.length} characters)`;
}
