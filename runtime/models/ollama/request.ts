import type { ChatRequest, Message, Tool } from 'ollama';
import type { ContentBlock, ModelMessage, ModelRequest } from '../../contract/models.ts';
import { modelNameOf } from '../provider.ts';
import { toolResultText } from '../tool-result-text.ts';

/** Without `truncate: false` a conversation that is too long loses its beginning, and nobody is told. */
export type StreamingChat = ChatRequest & { stream: true; truncate: false };

/** The request in the form of Ollama's chat (https://docs.ollama.com/api/chat). */
export function chatRequest(request: ModelRequest, contextTokens: number | undefined): StreamingChat {
  const { thinkingTokens = 0, temperature, maxOutputTokens, tools } = request;
  const system = request.system.filter((text) => text.trim() !== '').join('\n\n');
  const toolNames = new Map(
    request.messages
      .flatMap(({ content }) => content)
      .flatMap((block) => (block.type === 'tool_call' ? [[block.id, block.name] as const] : [])),
  );
  return {
    model: modelNameOf(request.model),
    messages: [
      ...(system === '' ? [] : [{ role: 'system', content: system }]),
      ...request.messages.flatMap((message) => messagesOf(message, toolNames)),
    ],
    stream: true,
    truncate: false,
    options: {
      num_predict: maxOutputTokens,
      ...(temperature !== undefined && { temperature }),
      ...(contextTokens !== undefined && { num_ctx: contextTokens }),
    },
    ...(thinkingTokens > 0 && { think: true }),
    ...(tools.length > 0 && { tools: tools.map((tool) => toolOf(tool)) }),
  };
}

function toolOf({ name, description, inputSchema }: ModelRequest['tools'][number]): Tool {
  return { type: 'function', function: { name, description, parameters: inputSchema } };
}

function messagesOf({ role, content }: ModelMessage, toolNames: ReadonlyMap<string, string>): Message[] {
  const results = content.flatMap((block): Message[] =>
    block.type === 'tool_result'
      ? [
          {
            role: 'tool',
            content: toolResultText(block),
            tool_name: toolNames.get(block.callId) ?? block.callId,
            ...imagesOf(block.content),
          },
        ]
      : [],
  );
  const own = ownMessage(role, content);
  return own === undefined ? results : [...results, own];
}

function ownMessage(role: ModelMessage['role'], content: readonly ContentBlock[]): Message | undefined {
  const text = content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('');
  const thinking = content
    .flatMap((block) => (block.type === 'thinking' && block.provider === 'ollama' ? [block.text] : []))
    .join('');
  const calls = content.flatMap((block) =>
    block.type === 'tool_call' ? [{ function: { name: block.name, arguments: block.arguments } }] : [],
  );
  const images = imagesOf(content);
  if (text === '' && calls.length === 0 && images.images === undefined) return undefined;
  return {
    role,
    content: text,
    ...images,
    ...(thinking !== '' && { thinking }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

function imagesOf(content: readonly ContentBlock[]): { images?: string[] } {
  const images = content.flatMap((block) => (block.type === 'image' ? [block.data] : []));
  return images.length === 0 ? {} : { images };
}
