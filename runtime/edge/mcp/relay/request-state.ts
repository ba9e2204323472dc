import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../../../contract/plugins.ts';

/** What a request state stands for: one parked call of one caller's very request. */
export interface StateClaims {
  readonly call: string;
  readonly caller: string;
  /** See `requestDigest`. */
  readonly request: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Names a request by its method and everything of its params that a retry must repeat (2026-07-28, multi round-trip requests). */
export function requestDigest(method: string, params: JsonObject): string {
  const { _meta, requestState: _state, inputResponses: _responses, ...repeated } = params;
  return createHash('sha256')
    .update(JSON.stringify([method, repeated], sortKeys))
    .digest('base64url');
}

/** A client may write the keys of an object in another order the second time. */
function sortKeys(_key: string, value: unknown): unknown {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** Signs and checks the opaque `requestState` a client carries between the rounds of a call. HMAC-SHA-256. */
export class RequestStates {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    if (key.length < 32) throw new RangeError('the key of request states must have at least 32 bytes');
    this.#key = key;
  }

  mint(claims: StateClaims): string {
    const body = Buffer.from(JSON.stringify([claims.call, claims.caller, claims.request, claims.expiresAt]));
    return `${body.toString('base64url')}.${this.#sign(body).toString('base64url')}`;
  }

  /** The call the state stands for, or null when it was not made here, has expired, or belongs to another caller or request. */
  verify(
    state: string,
    expected: { readonly caller: string; readonly request: string },
    now: number,
  ): string | null {
    const [bodyText, tagText, extra] = state.split('.');
    if (bodyText === undefined || tagText === undefined || extra !== undefined) return null;
    const body = Buffer.from(bodyText, 'base64url');
    const tag = Buffer.from(tagText, 'base64url');
    const right = this.#sign(body);
    if (tag.length !== right.length || !timingSafeEqual(tag, right)) return null;
    // Signed by us, so its shape is known.
    const claims: unknown = JSON.parse(body.toString());
    if (!Array.isArray(claims)) return null;
    const [call, caller, request, expiresAt]: unknown[] = claims;
    const isValid = caller === expected.caller && request === expected.request && Number(expiresAt) > now;
    return isValid && typeof call === 'string' ? call : null;
  }

  #sign(body: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(body).digest();
  }
}
