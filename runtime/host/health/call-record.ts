import { Ring } from '../../base/bounded.ts';
import type { Clock } from '../../base/clock.ts';
import { messageOf, NexusError } from '../../base/errors.ts';
import { redactedHead } from '../../base/redact.ts';
import { RpcError, rpcCodes } from '../../base/rpc-error.ts';
import type { CallFigures, PluginError } from '../../contract/health.ts';
import { isJsonObject, type JsonObject } from '../../contract/plugins.ts';
import { RecentCalls } from './recent-calls.ts';

const errorLimit = 20;
const errorTextLimit = 500;
/** MCP 2025-11-25, "Resources: Error Handling". */
const resourceNotFound = -32_002;
/** JSON-RPC errors that say that the request was wrong. */
const callerCodes: ReadonlySet<number> = new Set([
  rpcCodes.invalidRequest,
  rpcCodes.methodNotFound,
  rpcCodes.invalidParams,
  rpcCodes.missingCapability,
  resourceNotFound,
]);

/** What became of the calls of one plugin: counts, times of the last thousand, the last twenty errors. */
export class CallRecord {
  readonly #clock: Clock;
  readonly #recent = new RecentCalls();
  readonly #errors = new Ring<PluginError>(errorLimit);
  #total = 0;
  #errorCount = 0;
  #callerErrors = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A call came back `tookMs` after it had left. */
  answered(method: string, params: JsonObject, result: JsonObject, tookMs: number): void {
    this.#total++;
    const isError = result['isError'] === true;
    this.#recent.add(tookMs, isError);
    if (isError) this.#fail(nameOf(method, params), firstText(result));
  }

  /** A call came to nothing; `isCanceled` when its caller gave it up. */
  failed(method: string, params: JsonObject, error: unknown, isCanceled: boolean): void {
    this.#total++;
    if (isCanceled || isCallersFault(error)) {
      this.#callerErrors++;
      return;
    }
    this.#recent.add(null, true);
    this.#fail(nameOf(method, params), messageOf(error));
  }

  /** Something went wrong that was no call; `what` stands in the place of the tool. */
  remark(what: string, error: unknown): void {
    this.#keep(what, messageOf(error));
  }

  figures(): CallFigures {
    return {
      total: this.#total,
      errors: this.#errorCount,
      callerErrors: this.#callerErrors,
      ...this.#recent.figures(),
    };
  }

  /** Oldest first. */
  errors(): readonly PluginError[] {
    return this.#errors.items();
  }

  #fail(tool: string, text: string): void {
    this.#errorCount++;
    this.#keep(tool, text);
  }

  #keep(tool: string, text: string): void {
    this.#errors.push({ at: this.#clock.now(), tool, error: redactedHead(text, errorTextLimit) });
  }
}

/** Whether it was not the plugin that failed: its caller sent something wrong, or a person stopped it. */
function isCallersFault(error: unknown): boolean {
  if (error instanceof RpcError) return callerCodes.has(error.code);
  return (
    error instanceof NexusError && error.code === 'PLUGIN_UNAVAILABLE' && error.data['state'] === 'stopped'
  );
}

function nameOf(method: string, params: JsonObject): string {
  return method === 'tools/call' && typeof params['name'] === 'string' ? params['name'] : method;
}

function firstText(result: JsonObject): string {
  const content: readonly unknown[] = Array.isArray(result['content']) ? result['content'] : [];
  for (const block of content)
    if (isJsonObject(block) && typeof block['text'] === 'string') return block['text'];
  return 'the tool reported an error';
}
