import { EventEmitter, once } from 'node:events';
import { z } from 'zod';

const callSchema = z.looseObject({
  content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })).default([]),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().default(false),
});

/** The result of a tool, reduced to what the scenarios look at. */
export interface CallOutcome {
  readonly text: string;
  readonly types: readonly string[];
  readonly structured: unknown;
  readonly isError: boolean;
}

/** Reads a tool result of either SDK. */
export function readOutcome(result: unknown): CallOutcome {
  const { content, structuredContent, isError } = callSchema.parse(result);
  return {
    text: content.map((block) => block.text ?? '').join('\n'),
    types: content.map((block) => block.type),
    structured: structuredContent,
    isError,
  };
}

/** An MCP client as the scenarios use one, whatever SDK and transport is behind it. */
export interface Peer extends AsyncDisposable {
  /** Of the protocol: 2025-11-25 is "legacy", 2026-07-28 is "modern". */
  readonly era: string | undefined;
  listTools(): Promise<readonly string[]>;
  call(
    name: string,
    args?: Record<string, unknown>,
    onProgress?: (progress: number) => void,
  ): Promise<CallOutcome>;
  listPrompts(): Promise<readonly string[]>;
  /** The first message's text. */
  getPrompt(name: string, args: Record<string, string>): Promise<string>;
  readText(uri: string): Promise<string>;
  listTemplates(): Promise<readonly string[]>;
  complete(prompt: string, argument: string, begun: string): Promise<readonly string[]>;
  setLogLevel(level: 'debug' | 'error'): Promise<void>;
  readonly seen: PeerEvents;
}

/** What the server sent on its own, in order, and a way to wait for it. */
export class PeerEvents {
  readonly logged: unknown[] = [];
  readonly elicited: string[] = [];
  readonly sampled: string[] = [];
  listChanges = 0;
  readonly #changes = new EventEmitter();

  note(kind: 'logged' | 'listChanged', data?: unknown): void {
    if (kind === 'logged') this.logged.push(data);
    else this.listChanges += 1;
    this.#changes.emit(kind);
  }

  /** Settles at the next event of the kind. */
  async next(kind: 'logged' | 'listChanged'): Promise<void> {
    await once(this.#changes, kind);
  }
}

/** Lists until every name is there; between two lists it waits for the server to say that they changed. */
export async function waitForTools(peer: Peer, names: readonly string[]): Promise<readonly string[]> {
  for (;;) {
    const changed = peer.seen.next('listChanged');
    const listed = await peer.listTools();
    if (names.every((name) => listed.includes(name))) return listed;
    await changed;
  }
}

/** The answers both SDK clients give when a server asks. */
export const ANSWERS = {
  elicitation: { action: 'accept' as const, content: { name: 'Ada Lovelace', integer: 7 } },
  sampling: {
    role: 'assistant' as const,
    content: { type: 'text' as const, text: 'Forty-two' },
    model: 'a-model-of-the-client',
    stopReason: 'endTurn',
  },
};
