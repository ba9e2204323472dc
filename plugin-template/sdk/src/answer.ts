import type { CallToolResult } from '@modelcontextprotocol/server';
import type { Answer } from './definition.ts';

/** What a handler answered as the result of a tool call. */
export function resultOf(answer: Answer): CallToolResult {
  if (answer === undefined) return { content: [] };
  if (typeof answer === 'string') return { content: [{ type: 'text', text: answer }] };
  if (isResult(answer)) return answer;
  const content: CallToolResult['content'] = [{ type: 'text', text: JSON.stringify(answer, null, 2) }];
  return isObject(answer) ? { content, structuredContent: answer } : { content };
}

function isResult(answer: Answer): answer is CallToolResult {
  return isObject(answer) && Array.isArray(answer['content']);
}

function isObject(answer: unknown): answer is Record<string, unknown> {
  return typeof answer === 'object' && answer !== null && !Array.isArray(answer);
}
