import { abortReason } from '../../../base/abort.ts';
import {
  isJsonObject,
  type CallChannel,
  type InputRequest,
  type JsonObject,
} from '../../../contract/plugins.ts';
import { metaKeys } from '../../../contract/mcp.ts';
import { traceOf } from '../protocol.ts';
import { requireCapabilities } from './ask.ts';

/** Where a call stands when the client must hear of it. */
export type Step =
  | { readonly kind: 'done'; readonly result: JsonObject }
  | { readonly kind: 'input'; readonly requests: Readonly<Record<string, InputRequest>> };

/** Sends a notification on the stream of the exchange that is open now. */
export type Notify = (method: string, params: JsonObject) => void;

/**
 * One call of a 2026-07-28 client, which may take several exchanges: when the plugin asks for input the client is
 * answered `input_required`, the call is parked, and the client's retry with its answers goes on with it.
 */
export class ModernCall {
  readonly channel: CallChannel;
  readonly controller = new AbortController();
  #notify: Notify;
  /** Why the client could not be asked, when it could not. */
  #refused: unknown;
  #progressToken: unknown;
  #asked:
    { requests: Readonly<Record<string, InputRequest>>; resolve(answers: JsonObject): void } | undefined;
  #step = Promise.withResolvers<Step>();
  /** A plugin may push several requests at once; the client is asked one set after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(caller: string, params: JsonObject, notify: Notify) {
    const meta = isJsonObject(params['_meta']) ? params['_meta'] : {};
    const declared = meta[metaKeys.capabilities];
    const capabilities = isJsonObject(declared) ? declared : {};
    this.#notify = notify;
    this.#progressToken = meta['progressToken'];
    const level = meta[metaKeys.logLevel];
    const trace = traceOf(meta);
    const offered = params['inputResponses'];
    this.channel = {
      caller,
      capabilities,
      answer: (requests, signal) => this.#inTurn(() => this.#ask(requests, capabilities, signal)),
      ...(trace === undefined ? {} : { trace }),
      ...(isJsonObject(offered) ? { offered } : {}),
      ...(this.#progressToken === undefined ? {} : { onProgress: (progress) => this.#progress(progress) }),
      ...(typeof level === 'string'
        ? { logLevel: level, onLog: (log) => this.#notify('notifications/message', log) }
        : {}),
    };
  }

  /** Starts `work` and settles with the first step the client must hear of. */
  begin(work: (channel: CallChannel, signal: AbortSignal) => Promise<JsonObject>): Promise<Step> {
    void this.#work(work);
    return this.#step.promise;
  }

  /** Goes on with a parked call on a new exchange; settles with the next step. */
  resume(answers: JsonObject, params: JsonObject, notify: Notify): Promise<Step> {
    this.#notify = notify;
    const meta = isJsonObject(params['_meta']) ? params['_meta'] : {};
    this.#progressToken = meta['progressToken'];
    const asked = this.#asked;
    this.#asked = undefined;
    asked?.resolve(answers);
    return this.#step.promise;
  }

  /** What the client was asked and has not answered. */
  get asked(): Readonly<Record<string, InputRequest>> | undefined {
    return this.#asked?.requests;
  }

  /** Never rejects: however the work ends, it is the current step. */
  async #work(work: (channel: CallChannel, signal: AbortSignal) => Promise<JsonObject>): Promise<void> {
    try {
      const result = await work(this.channel, this.controller.signal);
      // The plugin failed for want of what the client does not declare: that is the client's error (-32021).
      if (this.#refused !== undefined && result['isError'] === true) throw this.#refused;
      this.#step.resolve({ kind: 'done', result });
    } catch (error) {
      this.#step.reject(error);
    }
  }

  #progress(progress: JsonObject): void {
    if (this.#progressToken === undefined) return;
    this.#notify('notifications/progress', { ...progress, progressToken: this.#progressToken });
  }

  #inTurn(ask: () => Promise<JsonObject>): Promise<JsonObject> {
    const turn = this.#turn.then(ask);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #ask(
    requests: Readonly<Record<string, InputRequest>>,
    capabilities: JsonObject,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    try {
      requireCapabilities(requests, capabilities);
    } catch (error) {
      this.#refused = error;
      throw error;
    }
    const { promise, resolve, reject } = Promise.withResolvers<JsonObject>();
    const onAbort = (): void => reject(abortReason(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    this.#asked = { requests, resolve };
    const step = this.#step;
    this.#step = Promise.withResolvers<Step>();
    // Nobody listens to the next step until the client comes back; its failure must not end the process.
    this.#step.promise.catch(() => {});
    step.resolve({ kind: 'input', requests });
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}
