import { NexusError } from '../../../base/errors.ts';
import { RpcError, rpcCodes } from '../../../base/rpc-error.ts';
import { isJsonObject, type JsonObject } from '../../../contract/plugins.ts';
import { metaKeys } from '../../../contract/mcp.ts';
import { ModernCall, type Notify, type Step } from './modern-call.ts';
import { relay, toRpcError, type Asker, type RelayDeps } from './relay.ts';
import { requestDigest, type RequestStates } from './request-state.ts';
import { shapeResult } from './shape.ts';

/** How long a client may take to answer an input request, in milliseconds. */
const answerMs = 600_000;
/** Calls that may wait for their client's answers at the same time; one more ends the oldest. */
const parkedLimit = 1_000;

export interface ModernRequest {
  readonly method: string;
  readonly params: JsonObject;
}

interface Parked {
  readonly call: ModernCall;
  readonly caller: string;
  readonly timer: NodeJS.Timeout;
}

/** Serves the relayed requests of 2026-07-28 clients, over HTTP and stdio alike, and keeps the calls that wait for input. */
export class ModernCalls {
  readonly #deps: RelayDeps;
  readonly #states: RequestStates;
  readonly #newId: () => string;
  readonly #parked = new Map<string, Parked>();

  constructor(deps: RelayDeps, states: RequestStates, newId: () => string) {
    this.#deps = deps;
    this.#states = states;
    this.#newId = newId;
  }

  /** Answers one exchange. `signal` ends the call unless it is parked by then. Rejects with an RpcError. */
  async serve(
    request: ModernRequest,
    asker: Asker,
    notify: Notify,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    const caller = asker.scope.actor;
    const { params } = request;
    const { call, step } =
      'requestState' in params
        ? this.#resume(request, caller, notify)
        : this.#begin(request, asker, caller, notify);
    const onAbort = (): void => call.controller.abort(canceled(params, 'the client went away'));
    signal.addEventListener('abort', onAbort);
    try {
      return this.#answer(await step, call, request, caller);
    } catch (error) {
      throw toRpcError(error);
    } finally {
      // From here on the call, if it goes on at all, is parked: the end of this exchange is no longer its own.
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Ends every parked call. */
  close(): void {
    for (const id of this.#parked.keys()) this.#drop(id, 'the kernel is stopping');
  }

  /** Ends the parked calls of a caller that can never come back for them. */
  forget(caller: string): void {
    for (const [id, parked] of this.#parked)
      if (parked.caller === caller) this.#drop(id, 'the client disconnected');
  }

  #begin(
    request: ModernRequest,
    asker: Asker,
    caller: string,
    notify: Notify,
  ): { call: ModernCall; step: Promise<Step> } {
    // Each call is a caller of its own to the plugin: what it asks goes to this very client or to nobody.
    const call = new ModernCall(`${caller}#${this.#newId()}`, request.params, notify);
    return {
      call,
      step: call.begin((channel, signal) => relay(this.#deps, request, asker, channel, signal)),
    };
  }

  #resume(
    { method, params }: ModernRequest,
    caller: string,
    notify: Notify,
  ): { call: ModernCall; step: Promise<Step> } {
    const { requestState, inputResponses } = params;
    const expected = { caller, request: requestDigest(method, params) };
    const id =
      typeof requestState === 'string' ? this.#states.verify(requestState, expected, Date.now()) : null;
    const parked = id === null ? undefined : this.#parked.get(id);
    if (id === null || parked === undefined) {
      throw new RpcError(rpcCodes.invalidParams, 'Invalid or expired requestState', {
        reason: 'invalid_request_state',
      });
    }
    clearTimeout(parked.timer);
    this.#parked.delete(id);
    const answers = isJsonObject(inputResponses) ? inputResponses : {};
    const { call } = parked;
    return { call, step: call.resume(answers, params, notify) };
  }

  #answer(step: Step, call: ModernCall, request: ModernRequest, caller: string): JsonObject {
    const { method, params } = request;
    if (step.kind === 'done') return shapeResult(method, step.result, 'modern');
    const id = this.#newId();
    this.#park(id, call, caller);
    const expiresAt = Date.now() + answerMs;
    const requestState = this.#states.mint({
      call: id,
      caller,
      request: requestDigest(method, params),
      expiresAt,
    });
    return { resultType: 'input_required', inputRequests: step.requests, requestState, _meta: {} };
  }

  #park(id: string, call: ModernCall, caller: string): void {
    const oldest = this.#parked.keys().next().value;
    if (this.#parked.size >= parkedLimit && oldest !== undefined)
      this.#drop(oldest, 'too many calls wait for input');
    const timer = setTimeout(() => this.#drop(id, 'the client did not answer in time'), answerMs);
    timer.unref();
    this.#parked.set(id, { call, caller, timer });
  }

  #drop(id: string, reason: string): void {
    const parked = this.#parked.get(id);
    if (parked === undefined) return;
    clearTimeout(parked.timer);
    this.#parked.delete(id);
    parked.call.controller.abort(canceled({}, reason));
  }
}

/** Whether `params` carry the whole envelope of a 2026-07-28 request; anything else is for the SDK to refuse. */
export function hasEnvelope(params: JsonObject): boolean {
  const meta = params['_meta'];
  if (!isJsonObject(meta) || !isJsonObject(meta[metaKeys.capabilities])) return false;
  const client = meta[metaKeys.client];
  return (
    client === undefined ||
    (isJsonObject(client) && typeof client['name'] === 'string' && typeof client['version'] === 'string')
  );
}

export function clientName(params: JsonObject): string | null {
  const meta = isJsonObject(params['_meta']) ? params['_meta'] : {};
  const client = meta[metaKeys.client];
  return isJsonObject(client) && typeof client['name'] === 'string' ? client['name'].slice(0, 200) : null;
}

function canceled(params: JsonObject, reason: string): NexusError {
  return new NexusError('RUN_CANCELED', {
    tool: typeof params['name'] === 'string' ? params['name'] : '',
    reason,
  });
}
