import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { isObject, type JsonObject } from './json.ts';

/** A plugin that says nothing for this long is taken for dead, in milliseconds. */
const patienceMs = 30_000;
const logLines = 1_000;

/** The envelope of MCP 2026-07-28, which every request carries. */
const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'nexus-plugin-sdk', version: '0.1.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

export interface CallOptions {
  /** Cancels the call. */
  readonly signal?: AbortSignal;
  /** What the call carries as its run's id; a fresh one each time when absent. */
  readonly idempotencyKey?: string;
}

/** What a tool answered. */
export interface CallOutcome {
  /** Its texts, one below the other. */
  readonly text: string;
  /** Its structured answer, if it gave one. */
  readonly structured: JsonObject | undefined;
  readonly isError: boolean;
  readonly content: readonly JsonObject[];
  /** How far it said it was, in order. */
  readonly progress: readonly JsonObject[];
}

interface Waiting {
  readonly resolve: (result: JsonObject) => void;
  readonly reject: (error: Error) => void;
  readonly progress: JsonObject[];
}

/** An MCP client of one process, just as much of one as tests need. */
export class Conversation {
  /** What the process wrote to stderr, the last thousand lines. */
  readonly log: string[] = [];
  /** The first line of it, or nothing when the process ends without one. */
  readonly firstLogLine: Promise<string>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #listeners = new Set<() => void>();
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #isModern = false;
  #lastId = 0;

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    child.stdin.on('error', () => {});
    createInterface({ input: child.stdout }).on('line', (line) => this.#hear(line));
    const first = Promise.withResolvers<string>();
    this.firstLogLine = first.promise;
    createInterface({ input: child.stderr }).on('line', (line) => {
      first.resolve(line);
      this.log.push(line);
      if (this.log.length > logLines) this.log.shift();
      for (const listener of this.#listeners) listener();
    });
    this.#ended = new Promise((resolve) => {
      child.on('error', (error) => {
        first.resolve('');
        this.#end(error.message, resolve);
      });
      child.on('close', (code, signal) => {
        first.resolve('');
        this.#end(`it ended (${signal ?? `exit code ${code}`})`, resolve);
      });
    });
  }

  /** Shakes hands in the era asked for, or in the newest the plugin speaks. Answers what it says of itself. */
  async open(era: 'modern' | 'legacy' | undefined): Promise<JsonObject> {
    if (era !== 'legacy') {
      this.#isModern = true;
      try {
        return await this.#request('server/discover', {});
      } catch (error) {
        if (era === 'modern' || !(error instanceof Refusal)) throw error;
      }
      this.#isModern = false;
    }
    const clientInfo = { name: 'nexus-plugin-sdk', version: '0.1.0' };
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
    const hands = await this.#request('initialize', params);
    this.#send({ method: 'notifications/initialized' });
    return hands;
  }

  async tools(): Promise<readonly JsonObject[]> {
    const { tools } = await this.#request('tools/list', {});
    return Array.isArray(tools) ? tools.filter(isObject) : [];
  }

  async call(name: string, args: JsonObject, options: CallOptions): Promise<CallOutcome> {
    const progress: JsonObject[] = [];
    const { idempotencyKey = crypto.randomUUID(), signal } = options;
    const _meta = { 'dev.nexus/run': idempotencyKey };
    const result = await this.#request('tools/call', { name, arguments: args, _meta }, signal, progress);
    const content = Array.isArray(result['content']) ? result['content'].filter(isObject) : [];
    const texts = content.map((block) => block['text']).filter((text) => typeof text === 'string');
    const structured = result['structuredContent'];
    return {
      text: texts.join('\n'),
      structured: isObject(structured) ? structured : undefined,
      isError: result['isError'] === true,
      content,
      progress,
    };
  }

  /** The first line of the log with this text; the log comes by another way than answers, and may come later. */
  async logged(text: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const look = (): void => {
      const line = this.log.find((one) => one.includes(text));
      if (line !== undefined) resolve(line);
    };
    const timer = setTimeout(
      () => reject(new Error(`"${text}" is not in the log:\n${this.#lastWords()}`)),
      patienceMs,
    );
    this.#listeners.add(look);
    this.#hold(true);
    look();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#listeners.delete(look);
      this.#hold(this.#waiting.size > 0);
    }
  }

  /** Ends its input and waits until it is gone. */
  async close(): Promise<void> {
    this.#hold(true);
    this.#child.stdin.end();
    const lastResort = setTimeout(() => this.#child.kill('SIGKILL'), patienceMs);
    await this.#ended;
    clearTimeout(lastResort);
  }

  async #request(
    method: string,
    params: JsonObject,
    signal?: AbortSignal,
    progress: JsonObject[] = [],
  ): Promise<JsonObject> {
    signal?.throwIfAborted();
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<JsonObject>();
    this.#waiting.set(id, { resolve, reject, progress });
    this.#hold(true);
    const given = isObject(params['_meta']) ? params['_meta'] : {};
    const _meta = { ...given, progressToken: id, ...(this.#isModern && envelope) };
    this.#send({ id, method, params: { ...params, _meta } });
    const timer = setTimeout(
      () => reject(new Error(`No answer to ${method} within ${patienceMs} ms\n${this.#lastWords()}`)),
      patienceMs,
    );
    const onAbort = (): void => {
      this.#send({ method: 'notifications/cancelled', params: { requestId: id } });
      reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      this.#waiting.delete(id);
      this.#hold(this.#waiting.size > 0);
    }
  }

  /** A plugin that nobody asks anything keeps no test process alive. */
  #hold(isHeld: boolean): void {
    const change = isHeld ? 'ref' : 'unref';
    this.#child[change]();
    for (const pipe of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) {
      if (pipe instanceof Socket) pipe[change]();
    }
  }

  #send(message: JsonObject): void {
    this.#child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  #hear(line: string): void {
    const message: unknown = parse(line);
    if (!isObject(message)) {
      this.log.push(`[stdout, not JSON-RPC] ${line}`);
      return;
    }
    const { id, method, params, result, error } = message;
    if (method === 'notifications/progress' && isObject(params)) {
      const { progressToken, ...step } = params;
      this.#waiting.get(Number(progressToken))?.progress.push(step);
    } else if (method === undefined) {
      const waiting = this.#waiting.get(Number(id));
      if (isObject(error)) waiting?.reject(new Refusal(String(error['message'])));
      else waiting?.resolve(isObject(result) ? result : {});
    } else if (id !== undefined && typeof method === 'string') {
      const refusal = { code: -32_601, message: `the test harness does not serve ${method}` };
      this.#send({ id, error: refusal });
    }
  }

  #end(how: string, settled: () => void): void {
    const error = new Error(`The plugin does not answer: ${how}\n${this.#lastWords()}`);
    for (const { reject } of this.#waiting.values()) reject(error);
    settled();
  }

  #lastWords(): string {
    return this.log.slice(-20).join('\n');
  }
}

/** What a plugin answered with a JSON-RPC error. */
class Refusal extends Error {}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
