import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { redactedHead } from '../base/redact.ts';
import type { JsonObject } from '../contract/plugins.ts';
import type { TurnEvent } from '../contract/thread-events.ts';
import { oneLine } from './prompt-variables.ts';

/** A tool that reports each of its million rows is heard so often, and then once in `pauseMs` milliseconds. */
const mostAtOnce = 50;
const pauseMs = 1_000;
const mostTextChars = 200;
/** More of a text is not looked at. */
const mostReadChars = 16_384;

/** As `notifications/progress` of MCP 2025-11-25 has it. */
const progressSchema = z.object({
  progress: z.number(),
  total: z.number().positive().optional(),
  message: z.string().optional(),
});

/** Tells what the tool of a call reports of its progress, as far as it can be read, and not more than somebody could read. */
export class ToolProgress implements Disposable {
  readonly #callId: string;
  readonly #clock: Clock;
  readonly #tell: (event: TurnEvent) => void;
  #told = 0;
  #lastAt = 0;
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;
  #latest: z.infer<typeof progressSchema> = { progress: 0 };

  constructor(callId: string, clock: Clock, tell: (event: TurnEvent) => void) {
    this.#callId = callId;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Told at once, or after the pause when nothing newer was heard by then. */
  hear(params: JsonObject): void {
    const read = progressSchema.safeParse(params);
    if (!read.success || this.#isOver) return;
    this.#latest = read.data;
    const leftMs = this.#told < mostAtOnce ? 0 : this.#lastAt + pauseMs - this.#clock.now();
    if (leftMs <= 0) this.#tellLatest();
    else this.#timer ??= setTimeout(() => this.#tellLatest(), Math.min(leftMs, pauseMs));
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #tellLatest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#told += 1;
    this.#lastAt = this.#clock.now();
    const { progress, total = null, message } = this.#latest;
    const text = message === undefined ? null : readable(message);
    this.#tell({ type: 'progress', callId: this.#callId, progress, total, text });
  }
}

/** Without escape sequences first: one of them may stand within a secret. */
function readable(message: string): string {
  return oneLine(redactedHead(stripVTControlCharacters(message.slice(0, mostReadChars)), mostTextChars));
}
