import type { Message, MessageBlock } from '../../../../contract/threads.ts';

export type { Message, MessageBlock as Block } from '../../../../contract/threads.ts';
export type ToolCall = Extract<MessageBlock, { type: 'tool_call' }>;
export type Report = Extract<MessageBlock, { type: 'report' }>;
export type ToolResult = Extract<MessageBlock, { type: 'tool_result' }>;

const finalStatuses = new Set(['COMPLETED', 'FAILED', 'CANCELED']);

/** Whether nothing more comes of it. */
export function isOver({ status }: Pick<Message, 'status'>): boolean {
  return finalStatuses.has(status);
}

export function isReport(block: MessageBlock): block is Report {
  return block.type === 'report';
}

/** What a person said, in words. */
export function wordsOf({ content }: Pick<Message, 'content'>): string {
  return content.flatMap((block) => (block.type === 'text' ? block.text : [])).join('\n');
}
