import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { JsonObject } from '../contract/plugins.ts';
import type { TurnEvent } from '../contract/thread-events.ts';

/** A tool that reports each of its million rows is heard so often, and then once in `pauseMs` milliseconds. */
const mostAtOnce = 50;
const pauseMs = 1_000;
const mostTextChars = 200;

/** As `notifications/progress` of MCP 2025-11-25 has it. */
const progressSchema = z.object({
  progress: z.number(),
  total: z.number().positive().optional(),
  message: z.string().optional(),
});

/** Tells what the tool of a call reports of its progress, as far as it can be read, and not more than somebody could read. */
export function progressTeller(
  callId: string,
  clock: Clock,
  tell: (event: TurnEvent) => void,
): (params: JsonObject) => void {
  let told = 0;
  let lastAt = 0;
  return (params) => {
    const now = clock.now();
    const read = progressSchema.safeParse(params);
    if (!read.success || (told >= mostAtOnce && now - lastAt < pauseMs)) return;
    told += 1;
    lastAt = now;
    const { progress, total = null, message } = read.data;
    tell({ type: 'progress', callId, progress, total, text: message?.slice(0, mostTextChars) ?? null });
  };
}
