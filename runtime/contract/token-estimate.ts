import type { ContentBlock, ModelMessage, ModelRequest, ModelTool } from './models.ts';

/** Bytes of UTF-8 for a token. English has four to five, so this is rather too many tokens than too few. */
const bytesPerToken = 3;
/** What an image of the largest size that providers do not shrink takes. */
const tokensPerImage = 1_600;
/** Role and separators of a message. */
const tokensPerMessage = 4;

/** A rough count of the tokens of a text: one for three bytes of UTF-8, rounded up. */
export function estimateText(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / bytesPerToken);
}

/** A rough count of the tokens a request sends: text as above, 1,600 an image, 4 a message, tools as JSON. */
export function estimateRequest({
  system,
  messages,
  tools,
}: Pick<ModelRequest, 'system' | 'messages' | 'tools'>): number {
  let tokens = estimateMessages(messages);
  for (const text of system) tokens += estimateText(text);
  for (const tool of tools) tokens += estimateTool(tool);
  return tokens;
}

/** The same tools are part of every request. */
const toolTokens = new WeakMap<ModelTool, number>();

function estimateTool(tool: ModelTool): number {
  const tokens = toolTokens.get(tool) ?? estimateText(JSON.stringify(tool));
  toolTokens.set(tool, tokens);
  return tokens;
}

/** A request is estimated when its model is chosen, when it may be too long and when it is paid for. */
const messageTokens = new WeakMap<readonly ModelMessage[], number>();

/** The same of messages alone, which must not change afterwards. */
export function estimateMessages(messages: readonly ModelMessage[]): number {
  const tokens = messageTokens.get(messages) ?? countMessages(messages);
  messageTokens.set(messages, tokens);
  return tokens;
}

function countMessages(messages: readonly ModelMessage[]): number {
  let tokens = 0;
  for (const { content } of messages) {
    tokens += tokensPerMessage;
    for (const block of content) tokens += estimateBlock(block);
  }
  return tokens;
}

function estimateBlock(block: ContentBlock): number {
  switch (block.type) {
    case 'text':
    case 'thinking':
      return estimateText(block.text);
    case 'image':
      return tokensPerImage;
    case 'tool_call':
      return estimateText(block.name) + estimateText(JSON.stringify(block.arguments));
    default:
      return block.content.reduce((sum, part) => sum + estimateBlock(part), 0);
  }
}
