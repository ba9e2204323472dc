import { imageBlockSchema, type ToolResultBlock } from '../contract/models.ts';
import { isJsonObject, type JsonObject } from '../contract/plugins.ts';

/** Longest text of one result that a model is told, in characters. */
const mostChars = 100_000;

/** The result of an MCP tool call as models are told it. */
export function resultBlocks(result: JsonObject): Pick<ToolResultBlock, 'content' | 'isError'> {
  const content = Array.isArray(result['content']) ? result['content'].filter(isJsonObject) : [];
  const blocks = content.flatMap(blockOf);
  const isError = result['isError'] === true;
  if (blocks.length > 0) return { isError, content: blocks };
  const structured = result['structuredContent'];
  const text = structured === undefined ? '(no content)' : cut(JSON.stringify(structured));
  return { isError, content: [{ type: 'text', text }] };
}

function blockOf(item: JsonObject): ToolResultBlock['content'] {
  const { type } = item;
  if (type === 'text' && typeof item['text'] === 'string') return [{ type: 'text', text: cut(item['text']) }];
  if (type === 'image') {
    const image = imageBlockSchema.safeParse({ type, mediaType: item['mimeType'], data: item['data'] });
    return image.success
      ? [image.data]
      : [{ type: 'text', text: `(an image of type ${String(item['mimeType'])})` }];
  }
  if (type === 'resource' && isJsonObject(item['resource'])) {
    const { uri, text } = item['resource'];
    return [{ type: 'text', text: typeof text === 'string' ? cut(text) : `(the resource ${String(uri)})` }];
  }
  if (type === 'resource_link') return [{ type: 'text', text: `(the resource ${String(item['uri'])})` }];
  return [{ type: 'text', text: `(content of type ${String(type)})` }];
}

function cut(text: string): string {
  if (text.length <= mostChars) return text;
  return `${text.slice(0, mostChars)}\n… (cut; ${text.length} characters in all)`;
}
