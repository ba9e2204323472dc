import { z } from 'zod';
import type { ContentBlock } from '../../contract/models.ts';

/**
 * What a service wants back unchanged with its own messages: OpenRouter its `reasoning_details`, Gemini the
 * `extra_content` of a tool call, by its id, without which it refuses the next request.
 */
const opaqueSchema = z.object({
  details: z.array(z.unknown()).default([]),
  extras: z.record(z.string(), z.unknown()).default({}),
});
export type OpaqueParts = z.infer<typeof opaqueSchema>;

/** What the thinking blocks of a message keep for a service. */
export function opaqueOf(content: readonly ContentBlock[], service: string): OpaqueParts {
  const parts: OpaqueParts = { details: [], extras: {} };
  for (const block of content) {
    if (block.type !== 'thinking' || block.provider !== service) continue;
    const { data } = opaqueSchema.safeParse(block.opaque);
    parts.details.push(...(data?.details ?? []));
    Object.assign(parts.extras, data?.extras);
  }
  return parts;
}
