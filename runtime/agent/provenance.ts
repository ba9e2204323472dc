import type { Trust } from '../contract/memories.ts';
import type { MessageBlock } from '../contract/threads.ts';

/** Own tools whose results are nobody else's words. */
const clean: ReadonlySet<string> = new Set([
  'agent__delegate',
  'agent__sub_agents',
  'agent__memorize',
  'agent__forget_memory',
]);

/**
 * Who stands behind what an assistant writes now: `untrusted` once it was told anything that no person said, such as results
 * of tools, reports of sub-agents, or notes nobody vouched for. Nothing it was told later takes that back.
 */
export function writtenBy(
  told: readonly (readonly MessageBlock[])[],
  hasUntrustedNotes: boolean,
): Exclude<Trust, 'person'> {
  return hasUntrustedNotes || told.some(holdsForeign) ? 'untrusted' : 'assistant';
}

function holdsForeign(content: readonly MessageBlock[]): boolean {
  const names = new Map(
    content.flatMap((block) => (block.type === 'tool_call' ? [[block.id, block.name]] : [])),
  );
  return content.some((block) => {
    if (block.type === 'tool_result') return !clean.has(names.get(block.callId) ?? '');
    // What a person or Nexus said and what a model wrote upon it; whatever else there comes to be is foreign.
    return !['text', 'image', 'thinking', 'tool_call', 'steering', 'notice'].includes(block.type);
  });
}
