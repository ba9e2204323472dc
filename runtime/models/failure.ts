import { messageOf, NexusError, systemCode, type ErrorCode } from '../base/errors.ts';
import { redactText } from '../base/redact-text.ts';
import { providerOf, type ProviderFailure } from './provider.ts';

/** More of a provider's words helps nobody. */
const maxProblemChars = 500;

/** How providers say that a request is longer than the model's context; there is no status for it. */
const contextWords =
  /context_length_exceeded|prompt is too long|context (?:length|window|size)|maximum context|input (?:is )?too long|too many (?:input )?tokens|exceeds? the (?:available )?context|input token count/i;
/** Said with status 429 by OpenAI although waiting does not help. */
const creditWords = /insufficient_quota|billing|credit balance/i;

/** The error of a failed request. `retryAfter` is the header of the answer, in seconds or as a date. */
export function modelError(
  model: string,
  failure: ProviderFailure,
  retryAfterMs: number | undefined,
  cause: unknown,
): NexusError {
  const problem = redactText(failure.message).slice(0, maxProblemChars).replace(/\.$/, '');
  const data = { model, provider: providerOf(model), problem };
  return new NexusError(
    codeOf(failure),
    retryAfterMs === undefined ? data : { ...data, retryAfterMs },
    cause,
  );
}

function codeOf({ status, kinds, message }: ProviderFailure): ErrorCode {
  const words = [...kinds, message].join(' ');
  if (kinds.includes('authentication_error') || status === 401 || status === 402 || status === 403)
    return 'MODEL_AUTH';
  if (kinds.includes('rate_limit_error') || status === 429)
    return creditWords.test(words) ? 'MODEL_AUTH' : 'MODEL_RATE_LIMITED';
  // 500 is how llama.cpp's server says it.
  if (contextWords.test(words)) return 'MODEL_CONTEXT_TOO_LONG';
  if (kinds.includes('overloaded_error')) return 'MODEL_OVERLOADED';
  if (status === undefined) return kinds.includes('api_error') ? 'MODEL_OVERLOADED' : 'MODEL_UNREACHABLE';
  return status >= 500 || status === 408 ? 'MODEL_OVERLOADED' : 'MODEL_REFUSED_REQUEST';
}

/** What the header `Retry-After` (RFC 9110, 10.2.3: seconds or a date) or `retry-after-ms` asks for, in milliseconds. */
export function retryAfterOf(headers: Headers, nowMs: number): number | undefined {
  const exact = Number(headers.get('retry-after-ms') ?? Number.NaN);
  if (exact >= 0) return exact;
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  const ms = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.max(0, Math.round(ms));
}

/** The innermost words of a failed connection: SDKs and `fetch` wrap them in "Connection error" and "fetch failed". */
export function rootMessageOf(error: unknown): string {
  let root = error;
  for (let depth = 0; depth < 8 && root instanceof Error && root.cause !== undefined; depth++)
    root = root.cause;
  const first = root instanceof AggregateError ? root.errors[0] : root;
  const message = messageOf(first);
  return message === '' ? (systemCode(first) ?? messageOf(error)) : message;
}
