import type { Caller } from '../contract/access.ts';

/** Who wants to know that a session or a token has ended. */
export class EndListeners {
  readonly #listeners = new Map<string, Set<() => void>>();

  /** Returns the end of it. */
  add(kind: Caller['kind'], id: string, listener: () => void): () => void {
    const name = `${kind} ${id}`;
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(name);
    };
  }

  tell(kind: Caller['kind'], id: string): void {
    for (const listener of this.#listeners.get(`${kind} ${id}`) ?? []) listener();
  }
}
