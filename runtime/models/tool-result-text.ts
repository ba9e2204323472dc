import type { ToolResultBlock } from '../contract/models.ts';

/** The text of a result, for wires that have no field for a failed tool. */
export function toolResultText({ content, isError }: ToolResultBlock): string {
  const text = content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
  return isError ? `The tool failed: ${text}` : text;
}
