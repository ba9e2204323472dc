import type {
  ContentBlockParam,
  MessageCreateParamsStreaming,
  MessageParam,
  TextBlockParam,
  ThinkingConfigParam,
  Tool,
} from '@anthropic-ai/sdk/resources/messages/messages';
import { z } from 'zod';
import type { ContentBlock, ModelMessage, ModelRequest, ToolResultBlock } from '../../contract/models.ts';
import { modelNameOf } from '../provider.ts';
import { wireText, type WireNames } from '../wire-names.ts';

const cached = { type: 'ephemeral' } as const;
/** The Messages API refuses a smaller budget. */
const minThinkingTokens = 1024;
/** Models that take a budget for thinking; those after them decide themselves how much to think. */
const budgetedThinking = /^claude-(?:3-7-|(?:opus|sonnet|haiku)-4(?:-[0-5])?(?:-\d{8})?$)/;

/** What a thinking block keeps, as the API gave it. */
const opaqueThinkingSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() }),
  z.object({ type: z.literal('redacted_thinking'), data: z.string() }),
]);

/** The request in the form of the Messages API. It knows no temperature. */
export function messagesRequest(request: ModelRequest, names: WireNames): MessageCreateParamsStreaming {
  const system = systemBlocks(request.system);
  const tools = toolParams(request, names);
  const thinking = thinkingConfig(request);
  const lastTool = tools.at(-1);
  // Tools come before the system prompt in what is cached, so a mark there covers them.
  if (system.length === 0 && lastTool !== undefined) lastTool.cache_control = cached;
  return {
    model: modelNameOf(request.model),
    max_tokens: request.maxOutputTokens,
    messages: messageParams(request.messages, names),
    stream: true,
    ...(system.length > 0 && { system }),
    ...(tools.length > 0 && { tools }),
    ...(thinking !== undefined && { thinking }),
  };
}

/** The first part and the whole can be cached: the first is the most stable one. */
function systemBlocks(parts: readonly string[]): TextBlockParam[] {
  const blocks = parts.filter((text) => text.trim() !== '').map((text) => textBlock(text));
  for (const block of new Set([blocks[0], blocks.at(-1)])) if (block) block.cache_control = cached;
  return blocks;
}

function toolParams({ tools }: ModelRequest, names: WireNames): Tool[] {
  return tools.map(({ name, description, inputSchema }) => ({
    name: names.toWire(name),
    description,
    input_schema: { ...inputSchema, type: 'object' },
  }));
}

function thinkingConfig(request: ModelRequest): ThinkingConfigParam | undefined {
  const { thinkingTokens = 0, maxOutputTokens } = request;
  if (thinkingTokens === 0) return undefined;
  if (!budgetedThinking.test(modelNameOf(request.model))) return { type: 'adaptive', display: 'summarized' };
  const budget = Math.min(Math.max(thinkingTokens, minThinkingTokens), maxOutputTokens - 1);
  return budget < minThinkingTokens ? undefined : { type: 'enabled', budget_tokens: budget };
}

function messageParams(messages: readonly ModelMessage[], names: WireNames): MessageParam[] {
  const params = messages
    .map(({ role, content }) => ({ role, content: content.flatMap((block) => blockParam(block, names)) }))
    .filter(({ content }) => content.length > 0);
  // The whole conversation, and what the request before this one was: of four marks allowed two are left.
  const users = params.filter(({ role }) => role === 'user');
  for (const { content } of users.slice(-2)) {
    const last = content.at(-1);
    if (last !== undefined && 'text' in last) last.cache_control = cached;
    else if (last?.type === 'tool_result' || last?.type === 'image') last.cache_control = cached;
  }
  return params;
}

function blockParam(block: ContentBlock, names: WireNames): ContentBlockParam[] {
  switch (block.type) {
    case 'text':
      // The API refuses blank text.
      return block.text.trim() === '' ? [] : [textBlock(block.text)];
    case 'image':
      return [imageBlock(block)];
    case 'thinking': {
      if (block.provider !== 'anthropic') return [];
      const opaque = opaqueThinkingSchema.safeParse(block.opaque);
      return opaque.success ? [opaque.data] : [];
    }
    case 'tool_call':
      return [
        {
          type: 'tool_use',
          id: wireText(block.id),
          name: names.toWire(block.name),
          input: block.arguments,
        },
      ];
    default:
      return [toolResult(block)];
  }
}

function toolResult({ callId, isError, content }: ToolResultBlock): ContentBlockParam {
  return {
    type: 'tool_result',
    tool_use_id: wireText(callId),
    is_error: isError,
    content: content
      .filter((part) => part.type === 'image' || part.text.trim() !== '')
      .map((part) => (part.type === 'image' ? imageBlock(part) : textBlock(part.text))),
  };
}

function textBlock(text: string): TextBlockParam {
  return { type: 'text', text };
}

function imageBlock({ mediaType, data }: Extract<ContentBlock, { type: 'image' }>) {
  return { type: 'image', source: { type: 'base64', media_type: mediaType, data } } as const;
}
