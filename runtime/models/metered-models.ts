import type { Clock } from '../base/clock.ts';
import { NexusError, type ErrorCode } from '../base/errors.ts';
import type {
  ModelCallEvent,
  ModelEvent,
  ModelRequest,
  Models,
  ModelUsage,
  SpentEvent,
} from '../contract/models.ts';
import type { Settings } from '../contract/settings.ts';
import type { BudgetAlert, ModelCallContext, UsageFigures, UsageLedger } from '../contract/usage.ts';
import { exceeded, limitsFor, textsOf } from './budgets.ts';
import { estimateRequest, estimateText } from '../contract/token-estimate.ts';
import { costOf, priceOf, type Price } from './prices.ts';

export interface MeteredDeps {
  readonly models: Models;
  /** Throws MODEL_NOT_CONFIGURED: what cannot be asked is no call. */
  readonly check: (model: string) => void;
  readonly settings: Settings;
  readonly usage: UsageLedger;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly onAlert: (alert: BudgetAlert) => void;
}

/** Failures of one model that another one may not have. */
const passedOn: ReadonlySet<ErrorCode> = new Set([
  'MODEL_NOT_CONFIGURED',
  'MODEL_AUTH',
  'MODEL_RATE_LIMITED',
  'MODEL_OVERLOADED',
  'MODEL_TIMEOUT',
  'MODEL_UNREACHABLE',
]);

/** Ends of a call before it answered for which a provider charges nothing: it refused, or was never reached. */
const uncharged: ReadonlySet<ErrorCode> = new Set([
  'MODEL_NOT_CONFIGURED',
  'MODEL_AUTH',
  'MODEL_RATE_LIMITED',
  'MODEL_OVERLOADED',
  'MODEL_CONTEXT_TOO_LONG',
  'MODEL_REFUSED_REQUEST',
  'MODEL_UNREACHABLE',
]);

/** Dense text such as hexadecimal digits takes more tokens than are estimated: so much more is reserved. */
const densest = 1.5;

/** Asks `request.model`, and the fallbacks in turn while nothing has been streamed; each call is paid from the budgets. */
export async function* callWithFallbacks(
  deps: MeteredDeps,
  context: ModelCallContext,
  request: ModelRequest,
  fallbacks: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<ModelCallEvent> {
  const candidates = [...new Set([request.model, ...fallbacks])];
  for (const [index, model] of candidates.entries()) {
    const next = candidates[index + 1];
    let hasBegun = false;
    try {
      for await (const event of meteredCall(deps, context, { ...request, model }, signal)) {
        hasBegun ||= event.type !== 'spent';
        yield event;
      }
      return;
    } catch (error) {
      const canPass = error instanceof NexusError && passedOn.has(error.code) && !hasBegun;
      if (!canPass || next === undefined) throw error;
      yield { type: 'fallback', from: model, to: next, code: error.code, message: error.message };
    }
  }
}

/** One call that is reserved before and settled after, however it ends. What it took is told last. */
async function* meteredCall(
  { models, check, settings, usage, clock, newId, onAlert }: MeteredDeps,
  context: ModelCallContext,
  request: ModelRequest,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent | SpentEvent> {
  signal.throwIfAborted();
  const { model } = request;
  check(model);
  const limits = limitsFor(settings, context);
  const price = priceOf(model, textsOf(settings.value('models.prices')), clock.now());
  if (price === undefined && limits.length > 0 && settings.value('budgets.unknownPrice') !== 'allow')
    throw new NexusError('PRICE_UNKNOWN', { model });
  const inputTokens = estimateRequest(request);
  const micros = price === undefined ? null : highestCost(inputTokens, request, price);
  const id = newId();
  const outcome = await usage.reserve({ id, context, model, micros }, limits);
  if (!outcome.ok) {
    for (const alert of outcome.alerts) onAlert(alert);
    throw exceeded(outcome, micros);
  }
  const meter = new Meter(inputTokens, price);
  let failure: { readonly error: unknown } | undefined;
  try {
    for await (const event of models.stream(request, signal)) {
      meter.read(event);
      yield event;
    }
  } catch (error) {
    failure = { error };
  } finally {
    meter.end(failure?.error);
    for (const alert of await usage.settle({ id, context }, meter.figures(), limits)) onAlert(alert);
  }
  yield { type: 'spent', model, ...meter.figures() };
  if (failure !== undefined) throw failure.error;
}

/** All of the input may have to be written to a cache, and the answer be as long as it may. */
function highestCost(inputTokens: number, request: ModelRequest, price: Price): number {
  const input = Math.max(price.input, price.cacheWrite) * inputTokens * densest;
  return Math.ceil(input + price.output * (request.maxOutputTokens + (request.thinkingTokens ?? 0)));
}

/** What a call took: the provider's figures, or an estimate of what came where it did not give them. */
class Meter {
  readonly #inputTokens: number;
  readonly #price: Price | undefined;
  #streamed = '';
  #said: ModelUsage | undefined;
  #isCharged = true;

  constructor(inputTokens: number, price: Price | undefined) {
    this.#inputTokens = inputTokens;
    this.#price = price;
  }

  read(event: ModelEvent): void {
    if (event.type === 'end') this.#said = countsOf(event.usage);
    else this.#streamed += event.type === 'tool_call' ? JSON.stringify(event.call) : event.delta;
  }

  /** The call is over. Whoever leaves before the first word, or waits in vain for it, has sent the input all the same. */
  end(error: unknown): void {
    this.#isCharged = this.#streamed !== '' || !(error instanceof NexusError && uncharged.has(error.code));
  }

  figures(): UsageFigures {
    const usage = this.#usage();
    const isEstimated =
      this.#isCharged && (this.#said?.inputTokens == null || this.#said.outputTokens === null);
    return {
      ...usage,
      costMicros: this.#price === undefined ? null : costOf(usage, this.#price),
      isEstimated,
    };
  }

  #usage(): ModelUsage {
    if (!this.#isCharged)
      return { inputTokens: 0, outputTokens: 0, cacheReadTokens: null, cacheWriteTokens: null };
    return {
      inputTokens: this.#said?.inputTokens ?? this.#inputTokens,
      outputTokens: this.#said?.outputTokens ?? estimateText(this.#streamed),
      cacheReadTokens: this.#said?.cacheReadTokens ?? null,
      cacheWriteTokens: this.#said?.cacheWriteTokens ?? null,
    };
  }
}

/** No call takes as many. */
const mostTokens = 1e9;

/** What a provider says may be anything: what is no count of tokens is not known, and none gives money back. */
function countsOf(said: ModelUsage): ModelUsage {
  return {
    inputTokens: countOf(said.inputTokens),
    outputTokens: countOf(said.outputTokens),
    cacheReadTokens: countOf(said.cacheReadTokens),
    cacheWriteTokens: countOf(said.cacheWriteTokens),
  };
}

function countOf(tokens: number | null): number | null {
  const isCount = tokens !== null && Number.isInteger(tokens) && tokens >= 0 && tokens <= mostTokens;
  return isCount ? tokens : null;
}
