import { abortReason } from '../base/abort.ts';
import type { Gate } from '../base/bounded.ts';
import { systemClock, type Clock } from '../base/clock.ts';
import { NexusError } from '../base/errors.ts';
import { RpcError, rpcCodes } from '../base/rpc-error.ts';
import { metaKeys } from '../contract/mcp.ts';
import {
  isJsonObject,
  type CallOptions,
  type InputRequest,
  intentKey,
  type JsonObject,
} from '../contract/plugins.ts';
import { Patience } from './patience.ts';
import { CallsInFlight, type CallInFlight } from './calls-in-flight.ts';
import { Deadline } from './deadline.ts';
import { abortable, envelope, shakeHands, type Handshake } from './handshake.ts';
import { fetchListing } from './listing.ts';
import { Peer } from './peer.ts';
import type { MessageChannel } from './channel/message-channel.ts';
import type { Era, PluginListing } from '../contract/plugins.ts';

/** A plugin that keeps asking for more input is cut off after this many rounds of one call. */
const roundLimit = 16;
/** Questions a plugin may have open at once, over all its calls. */
const questionLimit = 64;
const pushedMethods = new Set(['elicitation/create', 'sampling/createMessage', 'roots/list']);

export interface ConnectionListener {
  /** A list changed; `params` of `notifications/resources/updated` when `method` is that. */
  changed(method: string, params: JsonObject): void;
  log(params: JsonObject): void;
  closed(reason: Error): void;
}

/** One conversation with a running plugin, in its era. Knows which calls are in flight and relays what the plugin asks of them. */
export class Connection {
  readonly #plugin: string;
  readonly #peer: Peer;
  readonly #listener: ConnectionListener;
  readonly #calls: CallsInFlight;
  #questions = 0;
  #hands: Handshake = { era: 'legacy', serverInfo: {}, capabilities: {}, instructions: null };

  constructor(
    plugin: string,
    channel: MessageChannel,
    listener: ConnectionListener,
    clock: Clock = systemClock,
  ) {
    this.#plugin = plugin;
    this.#peer = new Peer(channel);
    this.#calls = new CallsInFlight(plugin, clock);
    this.#listener = listener;
  }

  async open(known: Era | null, signal: AbortSignal): Promise<void> {
    await this.#peer.open({
      request: (method, params) => this.#onRequest(method, params),
      notification: (method, params) => this.#onNotification(method, params),
      lateAnswer: (id) => this.#calls.answered(id),
      closed: (reason) => this.#listener.closed(reason),
    });
    this.#hands = await shakeHands(this.#peer, known, signal);
  }

  get hands(): Handshake {
    return this.#hands;
  }

  get peer(): Peer {
    return this.#peer;
  }

  list(signal: AbortSignal): Promise<PluginListing> {
    return fetchListing(this.#peer, this.#hands, signal);
  }

  /**
   * Asks what every peer answers in its era: `ping` (2025-11-25, "Ping") or `server/discover` (2026-07-28). A refusal
   * is an answer. Rejects when there is none.
   */
  async ping(signal: AbortSignal): Promise<void> {
    const isModern = this.#hands.era === 'modern';
    const [method, params] = isModern ? ['server/discover', { _meta: envelope({}) }] : ['ping', {}];
    try {
      await abortable(this.#peer.request(method, params), signal);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
    }
  }

  async close(reason: Error): Promise<void> {
    await this.#peer.close(reason);
  }

  /**
   * Sends one request and answers its input rounds through the channel. `gate` is what it has a place in: while its
   * client is asked it gives that up, or at least does not keep others waiting for long.
   */
  async call(method: string, params: JsonObject, options: CallOptions, gate?: Gate): Promise<JsonObject> {
    const { channel, signal } = options;
    const { offered } = channel;
    const deadline = new Deadline(options.timeoutMs);
    let request =
      offered !== undefined && this.#hands.era === 'modern' ? { ...params, inputResponses: offered } : params;
    for (let round = 0; round < roundLimit; round++) {
      const result = await this.#attempt(method, request, options, deadline, gate);
      if (this.#hands.era === 'legacy' || result['resultType'] !== 'input_required') return result;
      options.onWork?.(false);
      const ask = (): Promise<JsonObject> => channel.answer(inputRequests(result), signal);
      const answers = await (gate === undefined ? ask() : gate.outside(ask, signal));
      options.onWork?.(true);
      request = { ...params, inputResponses: answers, ...pick(result, 'requestState') };
    }
    throw new RpcError(
      rpcCodes.internal,
      `plugin "${this.#plugin}" asked for input more than ${roundLimit} times in one call`,
    );
  }

  #attempt(
    method: string,
    params: JsonObject,
    options: CallOptions,
    deadline: Deadline,
    gate: Gate | undefined,
  ): Promise<JsonObject> {
    const { channel, signal, timeoutMs = 0 } = options;
    if (signal.aborted) return Promise.reject(abortReason(signal));
    const pending = this.#peer.request(method, this.#dress(params, options), channel.onProgress);
    const cancel = (reason: Error): void => {
      if (pending.cancel(reason)) this.#calls.canceled(pending.id, call);
    };
    const call: CallInFlight = {
      name: nameOf(params, method),
      channel,
      signal,
      timeoutMs,
      deadline,
      gate,
      cancel,
    };
    this.#calls.add(call);
    const onAbort = (): void => cancel(abortReason(signal));
    signal.addEventListener('abort', onAbort);
    deadline.start(() => {
      const timedOut = { tool: call.name, plugin: this.#plugin, timeoutMs };
      cancel(new NexusError('RUN_TIMED_OUT', timedOut));
    });
    return pending.promise.finally(() => {
      deadline.stop();
      signal.removeEventListener('abort', onAbort);
      this.#calls.delete(call);
    });
  }

  #dress(params: JsonObject, { channel, intent }: CallOptions): JsonObject {
    const own = isJsonObject(params['_meta']) ? params['_meta'] : {};
    const meta = { ...own, ...channel.trace, ...(intent === undefined ? {} : { [intentKey]: intent }) };
    if (this.#hands.era === 'legacy')
      return Object.keys(meta).length === 0 ? params : { ...params, _meta: meta };
    const level = channel.logLevel === undefined ? {} : { [metaKeys.logLevel]: channel.logLevel };
    return { ...params, _meta: { ...meta, ...envelope(channel.capabilities), ...level } };
  }

  async #onRequest(method: string, params: JsonObject): Promise<JsonObject> {
    if (method === 'ping') return {};
    if (!pushedMethods.has(method))
      throw new RpcError(rpcCodes.methodNotFound, `the kernel does not serve "${method}"`);
    const call = this.#calls.ofPush();
    if (call === undefined) {
      // Asked outside any call: there is no client whose roots these could be.
      if (method === 'roots/list') return { roots: [] };
      throw new RpcError(rpcCodes.internal, `"${method}" was asked while no call is in flight`);
    }
    if (this.#questions >= questionLimit) {
      throw new RpcError(rpcCodes.internal, `more than ${questionLimit} questions are open`);
    }
    this.#questions++;
    call.deadline.pause();
    const patience = new Patience(call);
    try {
      const answers = await call.channel.answer({ request: { method, params } }, patience.signal);
      const answer = answers['request'];
      if (!isJsonObject(answer))
        throw new RpcError(rpcCodes.internal, `the client did not answer "${method}"`);
      return answer;
    } finally {
      this.#questions--;
      call.deadline.resume();
      patience.end();
    }
  }

  #onNotification(method: string, params: JsonObject): void {
    if (method === 'notifications/message') {
      this.#listener.log(params);
      this.#calls.ofLog()?.channel.onLog?.(params);
    } else if (method.endsWith('/list_changed') || method === 'notifications/resources/updated') {
      this.#listener.changed(method, params);
    }
  }
}

function inputRequests(result: JsonObject): Record<string, InputRequest> {
  const given = isJsonObject(result['inputRequests']) ? result['inputRequests'] : {};
  const requests: Record<string, InputRequest> = {};
  for (const [key, value] of Object.entries(given)) {
    if (!isJsonObject(value) || typeof value['method'] !== 'string') {
      throw new RpcError(rpcCodes.internal, `the plugin's input request "${key}" has no method`);
    }
    requests[key] = {
      method: value['method'],
      ...(isJsonObject(value['params']) ? { params: value['params'] } : {}),
    };
  }
  return requests;
}

function pick(from: JsonObject, key: string): JsonObject {
  return from[key] === undefined ? {} : { [key]: from[key] };
}

function nameOf(params: JsonObject, method: string): string {
  return typeof params['name'] === 'string' ? params['name'] : method;
}
