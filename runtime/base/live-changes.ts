/** What is told: what it is about, and which one of them. */
interface Told<Type extends string> {
  readonly type: Type;
  readonly id: string | null;
}

/** Changes are gathered for so long: a run that begins and ends at once is one change. In milliseconds. */
const gatherMs = 50;
/** Of more than so many of a type within that time only that there were some is told. */
const mostOfType = 100;

/** Gathers what changes and tells it to whoever listens. While nobody does, it costs nothing and keeps nothing. */
export class LiveChanges<Type extends string> implements Disposable {
  readonly #listeners = new Set<(changes: readonly Told<Type>[]) => void>();
  readonly #gathered = new Map<Type, Set<string | null>>();
  #timer: NodeJS.Timeout | undefined;

  tell(type: Type, id: string | null): void {
    if (this.#listeners.size === 0) return;
    const ids = this.#gathered.get(type) ?? new Set<string | null>();
    if (ids.size < mostOfType) ids.add(id);
    else ids.add(null);
    this.#gathered.set(type, ids);
    this.#timer ??= setTimeout(() => this.#flush(), gatherMs).unref();
  }

  listen(listener: (changes: readonly Told<Type>[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#gathered.clear();
    this.#listeners.clear();
  }

  #flush(): void {
    this.#timer = undefined;
    const changes = [...this.#gathered].flatMap(([type, ids]) =>
      ids.has(null) ? [{ type, id: null }] : [...ids].map((id) => ({ type, id })),
    );
    this.#gathered.clear();
    for (const listener of this.#listeners) listener(changes);
  }
}
