import { NexusError } from '../base/errors.ts';
import { isSameText } from '../base/same-text.ts';
import type {
  Access,
  Caller,
  NewToken,
  SessionRecord,
  SignedIn,
  SignIn,
  SignInFrom,
  SignInWay,
} from '../contract/access.ts';
import { operatorScope } from '../contract/scope.ts';
import type { AccessDeps } from './deps.ts';
import { Devices } from './devices.ts';
import { EndListeners } from './end-listeners.ts';
import { Passwords } from './passwords.ts';
import { hashSecret, newSecret, sealOf } from './secrets.ts';
import { ApiTokens } from './tokens.ts';

const codeMs = 10 * 60_000;
/** After a link was opened a password can be set without the one before: this is how a forgotten one is replaced. */
const freshLinkMs = 10 * 60_000;
/** Use is written down to the minute, not at every request. */
const touchMs = 60_000;
const scope = operatorScope('access');

/** Everybody who has the key of the data directory. */
const keyCaller: Caller = { kind: 'key', id: 'token', name: 'token', rights: ['admin'], csrf: null };

/** Lets in the local key, sessions of browsers and API tokens. */
export class LiveAccess implements Access {
  readonly #deps: AccessDeps;
  readonly #ends = new EndListeners();
  readonly #passwords: Passwords;
  readonly #devices: Devices;
  readonly #tokens: ApiTokens;

  constructor(deps: AccessDeps) {
    this.#deps = deps;
    this.#passwords = new Passwords(deps, scope);
    this.#devices = new Devices(deps.sealKey);
    this.#tokens = new ApiTokens(deps, scope);
  }

  async ofToken(token: string): Promise<Caller | null> {
    return isSameText(token, this.#deps.key) ? keyCaller : await this.#tokens.caller(token);
  }

  async ofSession(secret: string, isUse = true): Promise<{ caller: Caller; expiresAt: number } | null> {
    const { records, clock } = this.#deps;
    const session = await records.session(scope, hashSecret(secret));
    if (session === null) return null;
    const now = clock.now();
    if (this.#endOf(session) <= now) {
      await this.#remove(session.id);
      return null;
    }
    const isNoted = isUse && now - session.lastSeenAt >= touchMs;
    if (isNoted) await records.touchSession(scope, session.id, now);
    const expiresAt = this.#endOf(isNoted ? { ...session, lastSeenAt: now } : session);
    return { caller: sessionCaller(session.id, secret), expiresAt };
  }

  async hasPassword(): Promise<boolean> {
    return await this.#passwords.isSet();
  }

  async newCode(): Promise<{ readonly code: string; readonly expiresAt: number }> {
    const { records, clock } = this.#deps;
    const code = newSecret();
    const expiresAt = clock.now() + codeMs;
    await records.addCode(scope, hashSecret(code), expiresAt);
    return { code, expiresAt };
  }

  async signIn(proof: SignIn, from: SignInFrom): Promise<SignedIn> {
    const way = 'code' in proof ? 'link' : 'password';
    const device = this.#devices.known(from.device);
    if ('code' in proof) await this.#takeCode(proof.code);
    else await this.#passwords.check(proof.password, from.address, device);
    const opened = await this.#open(way, from);
    this.#deps.log.info({ way, agent: from.agent }, 'somebody signed in to the console');
    return { ...opened, device: device === null ? this.#devices.make() : (from.device ?? '') };
  }

  async sessions(caller: Caller) {
    const { records, clock } = this.#deps;
    const open = (await records.sessions(scope)).filter((session) => this.#endOf(session) > clock.now());
    return open.map(({ hash: _hash, ...session }) => ({
      ...session,
      expiresAt: this.#endOf(session),
      isCurrent: caller.kind === 'session' && caller.id === session.id,
    }));
  }

  async endSession(id: string): Promise<void> {
    if (!(await this.#remove(id))) throw new NexusError('SESSION_UNKNOWN', { session: id });
  }

  async endAllSessions(): Promise<void> {
    await this.#endAllBut(null);
  }

  async setPassword(caller: Caller, password: string, current: string | undefined): Promise<void> {
    const isFree =
      caller.kind === 'key' || !(await this.#passwords.isSet()) || (await this.#isFreshLink(caller));
    if (!isFree) {
      if (current === undefined) throw new NexusError('PASSWORD_NEEDED');
      // The caller is in already: its attempts are its own.
      await this.#passwords.check(current, '', `${caller.kind} ${caller.id}`);
    }
    await this.#passwords.set(password);
    this.#deps.log.warn({ by: caller.name }, 'the password of the console was set');
    await this.#endAllBut(caller.kind === 'session' ? caller.id : null);
  }

  async tokens() {
    return await this.#tokens.list();
  }

  async makeToken(made: NewToken) {
    return await this.#tokens.make(made);
  }

  async removeToken(id: string): Promise<void> {
    await this.#tokens.remove(id);
    this.#ends.tell('token', id);
  }

  onEnd(caller: Caller, listener: () => void): () => void {
    return this.#ends.add(caller.kind, caller.id, listener);
  }

  async #takeCode(code: string): Promise<void> {
    const { records, clock, log } = this.#deps;
    // Not limited: 256 bits are not guessed, and so a link lets in however many strangers try passwords.
    if (await records.takeCode(scope, hashSecret(code), clock.now())) return;
    log.warn('a link that is no good was opened');
    throw new NexusError('LOGIN_LINK_INVALID');
  }

  /** Always a new secret, and the session before it ends: one that somebody else planted in the browser is of no use. */
  async #open(way: SignInWay, { agent, previous }: SignInFrom): Promise<Omit<SignedIn, 'device'>> {
    const { records, clock, newId, settings } = this.#deps;
    const before = previous === null ? null : await records.session(scope, hashSecret(previous));
    if (before !== null) await this.#remove(before.id);
    const secret = newSecret();
    const now = clock.now();
    const session: SessionRecord = {
      id: newId(),
      hash: hashSecret(secret),
      way,
      agent: agent.slice(0, 300),
      createdAt: now,
      lastSeenAt: now,
      expiresAt: now + Number(settings.value('access.sessionHours')) * 3_600_000,
    };
    await records.addSession(scope, session);
    return { caller: sessionCaller(session.id, secret), secret, expiresAt: this.#endOf(session) };
  }

  /** The earlier of both ends: of its time, and of the time it may lie unused. */
  #endOf({ lastSeenAt, expiresAt }: Pick<SessionRecord, 'lastSeenAt' | 'expiresAt'>): number {
    const idleMs = Number(this.#deps.settings.value('access.idleMinutes')) * 60_000;
    return Math.min(expiresAt, lastSeenAt + idleMs);
  }

  async #isFreshLink({ kind, id }: Caller): Promise<boolean> {
    if (kind !== 'session') return false;
    const session = (await this.#deps.records.sessions(scope)).find((open) => open.id === id);
    if (session?.way !== 'link') return false;
    return this.#deps.clock.now() - session.createdAt < freshLinkMs;
  }

  async #endAllBut(kept: string | null): Promise<void> {
    for (const { id } of await this.#deps.records.sessions(scope)) if (id !== kept) await this.#remove(id);
  }

  async #remove(id: string): Promise<boolean> {
    const wasOpen = await this.#deps.records.removeSession(scope, id);
    this.#ends.tell('session', id);
    return wasOpen;
  }
}

/** What pages send along is made of the session's secret, which they cannot read, and need not be kept. */
function sessionCaller(id: string, secret: string): Caller {
  const csrf = sealOf(secret, 'nexus csrf');
  return { kind: 'session', id, name: `session ${id}`, rights: ['admin'], csrf };
}
