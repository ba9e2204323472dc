import type {
  ChatCompletionAssistantMessageParam,
  ChatCompletionContentPart,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type {
  ContentBlock,
  ModelMessage,
  ModelRequest,
  ToolCallBlock,
  ToolResultBlock,
} from '../../contract/models.ts';
import { modelNameOf } from '../provider.ts';
import { toolResultText } from '../tool-result-text.ts';
import { wireText, type WireNames } from '../wire-names.ts';
import { opaqueOf, type OpaqueParts } from './opaque.ts';
import type { CompatibleService } from './services.ts';

/** Budgets of thinking up to which an effort is called so; services take no budget. */
const lowThinkingTokens = 4_096;
const mediumThinkingTokens = 16_384;

type Image = Extract<ContentBlock, { type: 'image' }>;

/** The request in the form of chat completions (https://platform.openai.com/docs/api-reference/chat). */
export function completionRequest(
  request: ModelRequest,
  names: WireNames,
  service: CompatibleService,
): ChatCompletionCreateParamsStreaming {
  const model = modelNameOf(request.model);
  const { thinkingTokens = 0, temperature, maxOutputTokens, tools } = request;
  const system = request.system.filter((text) => text.trim() !== '').join('\n\n');
  return {
    model,
    messages: [
      ...(system === '' ? [] : [{ role: 'system' as const, content: system }]),
      ...request.messages.flatMap((message) => messageParams(message, names, service.name)),
    ],
    stream: true,
    stream_options: { include_usage: true },
    [service.lengthField]: maxOutputTokens,
    ...(temperature !== undefined && { temperature }),
    ...(thinkingTokens > 0 && service.thinks.test(model) && { reasoning_effort: effortOf(thinkingTokens) }),
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, inputSchema }) => ({
        type: 'function' as const,
        function: { name: names.toWire(name), description, parameters: inputSchema },
      })),
    }),
  };
}

function effortOf(thinkingTokens: number): 'low' | 'medium' | 'high' {
  if (thinkingTokens <= lowThinkingTokens) return 'low';
  return thinkingTokens <= mediumThinkingTokens ? 'medium' : 'high';
}

function messageParams(
  { role, content }: ModelMessage,
  names: WireNames,
  service: string,
): ChatCompletionMessageParam[] {
  if (role === 'assistant') return assistantParam(content, names, service);
  const results = content.filter((block) => block.type === 'tool_result');
  const parts = content.flatMap((block) => contentPart(block));
  // A tool message takes text only, so the images of results follow as what the user shows.
  parts.push(...results.flatMap((result) => imagesOf(result)));
  return [
    ...results.map((result) => ({
      role: 'tool' as const,
      tool_call_id: wireText(result.callId),
      content: toolResultText(result),
    })),
    ...(parts.length === 0 ? [] : [{ role: 'user' as const, content: parts }]),
  ];
}

function assistantParam(
  content: readonly ContentBlock[],
  names: WireNames,
  service: string,
): ChatCompletionMessageParam[] {
  const text = content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('');
  const opaque = opaqueOf(content, service);
  const calls = content.filter((block) => block.type === 'tool_call');
  if (text === '' && calls.length === 0) return [];
  const param: ChatCompletionAssistantMessageParam & { reasoning_details?: readonly unknown[] } = {
    role: 'assistant',
    content: text === '' ? null : text,
  };
  if (calls.length > 0) param.tool_calls = calls.map((call) => callParam(call, names, opaque));
  if (opaque.details.length > 0) param.reasoning_details = opaque.details;
  return [param];
}

function callParam(call: ToolCallBlock, names: WireNames, opaque: OpaqueParts) {
  const extra = opaque.extras[call.id];
  return {
    type: 'function' as const,
    id: wireText(call.id),
    function: { name: names.toWire(call.name), arguments: JSON.stringify(call.arguments) },
    ...(extra !== undefined && { extra_content: extra }),
  };
}

function contentPart(block: ContentBlock): ChatCompletionContentPart[] {
  if (block.type === 'text') return block.text === '' ? [] : [{ type: 'text', text: block.text }];
  return block.type === 'image' ? [imagePart(block)] : [];
}

function imagesOf({ callId, content }: ToolResultBlock): ChatCompletionContentPart[] {
  const images = content.flatMap((part) => (part.type === 'image' ? [imagePart(part)] : []));
  return images.length === 0 ? [] : [{ type: 'text', text: `Images in the result of ${callId}:` }, ...images];
}

function imagePart({ mediaType, data }: Image): ChatCompletionContentPart {
  return { type: 'image_url', image_url: { url: `data:${mediaType};base64,${data}` } };
}
