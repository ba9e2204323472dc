import { redactedHead } from '../../base/redact.ts';
import type { Readable, Writable } from 'node:stream';
import { NexusError } from '../../base/errors.ts';
import { isTooDeep, jsonDepthLimit } from '../../base/json-depth.ts';
import { isJsonObject, type JsonObject } from '../../contract/plugins.ts';
import type { ChannelListener, MessageChannel } from './message-channel.ts';

/** A plugin that leaves this much of its input unread is stuck; more is refused instead of kept in memory. */
const unreadLimitBytes = 16 * 1024 * 1024;
const newline = 0x0a;
const carriageReturn = 0x0d;

interface StdioChannelOptions {
  readonly plugin: string;
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Largest message accepted, in bytes. */
  readonly limitBytes: number;
  /** Gets what the plugin wrote to stdout that is no JSON-RPC message. */
  readonly onNoise: (line: string) => void;
  /** Turns the bare reason of an end into the one that callers are told; delivery has stopped by then. */
  readonly explainEnd: (reason: Error) => Promise<Error>;
}

/** Newline-delimited JSON over a process's stdin and stdout (MCP 2026-07-28, Transports, stdio). */
export class StdioChannel implements MessageChannel {
  readonly #options: StdioChannelOptions;
  #listener: ChannelListener | undefined;
  #parts: Buffer[] = [];
  #partBytes = 0;
  #leaving = '';
  #ended = false;

  constructor(options: StdioChannelOptions) {
    this.#options = options;
  }

  open(listener: ChannelListener): Promise<void> {
    this.#listener = listener;
    const { stdin, stdout } = this.#options;
    stdout.on('data', (chunk: Buffer) => this.#read(chunk));
    stdout.once('end', () => this.#end(new Error('it closed its output')));
    stdout.once('error', (error) => this.#end(error));
    stdin.once('error', (error) => this.#end(error));
    return Promise.resolve();
  }

  send(message: JsonObject): void {
    const { stdin, plugin } = this.#options;
    if (stdin.writableLength + this.#leaving.length > unreadLimitBytes) {
      throw new NexusError('PLUGIN_STUCK', { plugin, unread: stdin.writableLength });
    }
    // One write call for all messages that leave together: a pipe write costs more than the message.
    if (this.#leaving === '') process.nextTick(() => this.#flush());
    this.#leaving += `${JSON.stringify(message)}\n`;
  }

  close(): Promise<void> {
    this.#ended = true;
    this.#listener = undefined;
    this.#parts = [];
    return Promise.resolve();
  }

  #flush(): void {
    const lines = this.#leaving;
    this.#leaving = '';
    this.#options.stdin.write(lines);
  }

  #read(chunk: Buffer): void {
    if (this.#ended) return;
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(newline, from);
      if (end === -1) break;
      const last = chunk.subarray(from, end);
      const line = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last]);
      this.#parts = [];
      this.#partBytes = 0;
      from = end + 1;
      if (line.length > this.#options.limitBytes) return this.#refuse();
      this.#deliver(line);
      if (this.#ended) return;
    }
    if (from === chunk.length) return;
    this.#parts.push(chunk.subarray(from));
    this.#partBytes += chunk.length - from;
    if (this.#partBytes > this.#options.limitBytes) this.#refuse();
  }

  #deliver(line: Buffer): void {
    if (line.length === 0 || (line.length === 1 && line[0] === carriageReturn)) return;
    const text = line.toString('utf8');
    if (isTooDeep(text)) {
      const { plugin } = this.#options;
      return this.#end(new NexusError('OUTPUT_TOO_DEEP', { plugin, limit: jsonDepthLimit }));
    }
    const message = parse(text);
    if (message === undefined) this.#options.onNoise(redactedHead(text, 500));
    else this.#listener?.message(message);
  }

  #refuse(): void {
    const { plugin, limitBytes } = this.#options;
    this.#end(new NexusError('OUTPUT_TOO_LARGE', { plugin, limit: limitBytes }));
  }

  #end(reason: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#parts = [];
    const tell = (explained: Error): void => this.#listener?.closed(explained);
    void this.#options.explainEnd(reason).then(tell, tell);
  }
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) && value['jsonrpc'] === '2.0' ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
