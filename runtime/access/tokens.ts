import type { z } from 'zod';
import { NexusError } from '../base/errors.ts';
import type { Caller, madeTokenSchema, NewToken, Token } from '../contract/access.ts';
import type { Scope } from '../contract/scope.ts';
import type { AccessDeps } from './deps.ts';
import { hashSecret, newSecret } from './secrets.ts';

const mostTokens = 100;
/** By it a token is recognised wherever it turns up, in logs first of all. */
const prefix = 'nexus_';
const startChars = prefix.length + 6;
const touchMs = 60_000;
const dayMs = 86_400_000;

/** Tokens for programs, each for a purpose. */
export class ApiTokens {
  readonly #deps: Pick<AccessDeps, 'records' | 'clock' | 'newId' | 'log'>;
  readonly #scope: Scope;

  constructor(deps: Pick<AccessDeps, 'records' | 'clock' | 'newId' | 'log'>, scope: Scope) {
    this.#deps = deps;
    this.#scope = scope;
  }

  async caller(token: string): Promise<Caller | null> {
    if (!token.startsWith(prefix)) return null;
    const { records, clock } = this.#deps;
    const found = await records.token(this.#scope, hashSecret(token));
    const now = clock.now();
    if (found === null || (found.expiresAt !== null && found.expiresAt <= now)) return null;
    if (now - (found.lastUsedAt ?? 0) >= touchMs) await records.touchToken(this.#scope, found.id, now);
    return { kind: 'token', id: found.id, name: found.name, rights: found.scopes, csrf: null };
  }

  async list(): Promise<Token[]> {
    return (await this.#deps.records.tokens(this.#scope)).map(({ hash: _hash, ...token }) => token);
  }

  async make({ name, scopes, expiresInDays }: NewToken): Promise<z.infer<typeof madeTokenSchema>> {
    const { records, clock, newId, log } = this.#deps;
    const limit = mostTokens;
    if ((await records.tokens(this.#scope)).length >= limit) throw new NexusError('TOKEN_LIMIT', { limit });
    const secret = newSecret(prefix);
    const now = clock.now();
    const token: Token = {
      id: newId(),
      name,
      scopes: [...new Set(scopes)],
      start: secret.slice(0, startChars),
      createdAt: now,
      expiresAt: expiresInDays === null ? null : now + expiresInDays * dayMs,
      lastUsedAt: null,
    };
    await records.addToken(this.#scope, { ...token, hash: hashSecret(secret) });
    log.warn({ id: token.id, name, scopes: token.scopes }, 'an API token was made');
    return { ...token, token: secret };
  }

  async remove(id: string): Promise<void> {
    if (!(await this.#deps.records.removeToken(this.#scope, id)))
      throw new NexusError('TOKEN_UNKNOWN', { token: id });
  }
}
