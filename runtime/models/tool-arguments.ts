import { isTooDeep } from '../base/json-depth.ts';
import type { ToolCallBlock } from '../contract/models.ts';
import { isJsonObject } from '../contract/plugins.ts';

/** A tool call from the JSON text a model wrote; no text stands for no arguments. */
export function toolCallOf(id: string, name: string, text: string): ToolCallBlock {
  if (text.trim() === '') return { type: 'tool_call', id, name, arguments: {} };
  // Walking what is nested without end would exhaust the stack.
  const value = isTooDeep(text) ? undefined : parsed(text);
  return isJsonObject(value)
    ? { type: 'tool_call', id, name, arguments: value }
    : { type: 'tool_call', id, name, arguments: {}, malformed: text };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
