import { Gate } from '../base/bounded.ts';
import { NexusError } from '../base/errors.ts';
import type { Scope } from '../contract/scope.ts';
import type { AccessDeps } from './deps.ts';
import { LoginLimit } from './login-limit.ts';
import { hashPassword, isPassword } from './password.ts';

/** The password of the one who runs the kernel: checked one at a time, and not too often. */
export class Passwords {
  readonly #deps: Pick<AccessDeps, 'records' | 'clock' | 'log'>;
  readonly #scope: Scope;
  readonly #limit: LoginLimit;
  /** One check takes 19 MiB and one processor. */
  readonly #gate = new Gate(1, 16);

  constructor(deps: Pick<AccessDeps, 'records' | 'clock' | 'log'>, scope: Scope) {
    this.#deps = deps;
    this.#scope = scope;
    this.#limit = new LoginLimit(deps.clock);
  }

  async isSet(): Promise<boolean> {
    return (await this.#deps.records.password(this.#scope)) !== null;
  }

  /** Throws PASSWORD_WRONG, PASSWORD_NOT_SET or LOGIN_LIMITED. */
  async check(password: string, address: string, device: string | null): Promise<void> {
    const kept = await this.#deps.records.password(this.#scope);
    if (kept === null) throw new NexusError('PASSWORD_NOT_SET');
    const attempt = this.#limit.take(address, device);
    if ('waitMs' in attempt) throw limited(attempt.waitMs);
    if (!(await this.#inTurn(() => isPassword(password, kept)))) {
      this.#deps.log.warn({ address }, 'a wrong password was tried');
      throw new NexusError('PASSWORD_WRONG');
    }
    attempt.giveBack();
  }

  async set(password: string): Promise<void> {
    const hash = await this.#inTurn(() => hashPassword(password));
    await this.#deps.records.setPassword(this.#scope, hash, this.#deps.clock.now());
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const entered = this.#gate.enter(new AbortController().signal);
    if (entered === 'full') throw limited(1_000);
    await entered;
    try {
      return await work();
    } finally {
      this.#gate.leave();
    }
  }
}

function limited(waitMs: number): NexusError {
  return new NexusError('LOGIN_LIMITED', { retryAfterS: Math.ceil(waitMs / 1_000) });
}
