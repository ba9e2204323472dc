import { isJsonObject, type Era, type JsonObject } from '../../../contract/plugins.ts';
import { kernelInfo, metaKeys } from '../../../contract/mcp.ts';

/** Results that 2026-07-28 clients may cache (schema, `CacheableResult`). */
const cacheable = new Set([
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
]);

/** A result as a client of `era` must get it. Fields this program does not know pass through. */
export function shapeResult(method: string, result: JsonObject, era: Era): JsonObject {
  if (era === 'legacy') return shapeLegacy(method, result);
  const meta = isJsonObject(result['_meta']) ? result['_meta'] : {};
  return {
    ...(cacheable.has(method) ? { ttlMs: 0, cacheScope: 'private' } : {}),
    ...result,
    resultType: 'complete',
    _meta: { ...meta, [metaKeys.server]: kernelInfo },
  };
}

/** 2025-11-25 knows no `resultType`, and structured content and output schemas only of objects (SEP-2106). */
function shapeLegacy(method: string, result: JsonObject): JsonObject {
  const { resultType: _, ...rest } = result;
  const content = rest['structuredContent'];
  if (method === 'tools/call' && content !== undefined && !isJsonObject(content)) {
    return { ...rest, structuredContent: { result: content } };
  }
  if (method === 'tools/list' && Array.isArray(rest['tools'])) {
    return {
      ...rest,
      tools: rest['tools'].map((tool: unknown) => (isJsonObject(tool) ? shapeLegacyTool(tool) : tool)),
    };
  }
  return rest;
}

function shapeLegacyTool(tool: JsonObject): JsonObject {
  const schema = tool['outputSchema'];
  if (!isJsonObject(schema) || schema['type'] === 'object') return tool;
  const outputSchema = { type: 'object', properties: { result: schema }, required: ['result'] };
  return { ...tool, outputSchema };
}
